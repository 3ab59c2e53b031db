import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { grokkingPipeline } from '../../pipelines/grokking/grokking.ts';
import { controlRun } from '../../pipelines/grokking/grokkingControls.ts';
import { type GrokkingOptions, Options, settingOf } from '../../pipelines/grokking/grokkingOptions.ts';
import type { EvaluatedTraining, GrokkingRow } from '../../pipelines/grokking/grokkingRows.ts';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { initialParameters } from '../../src/models/model.ts';
import type { TaskData } from '../../src/tasks/task.ts';
import { checked } from '../../src/validation.ts';

interface Moment {
  readonly time: number;
  readonly testMetric: number;
  readonly early: number;
  readonly late: number;
  readonly exactAccuracy: number;
  readonly kernelAlignment: number;
}
interface Control {
  readonly class: string;
  readonly metricAtEnd: number;
  readonly metricWhenFitted: number;
}
interface Result {
  readonly class: string;
  readonly settled: boolean;
  readonly steps: number;
  readonly stepping: string;
  readonly memorised: number;
  readonly t10: number;
  readonly t50: number;
  readonly t90: number;
  readonly confirmedAt: number;
  readonly lawConstant: number;
  readonly scaledT50: number;
  readonly plateau: Moment;
  readonly changed: Moment;
  readonly end: Moment;
  readonly earlyPredictor: { readonly testMetric: number };
  readonly latePredictor: { readonly testMetric: number };
  readonly controls: Readonly<Record<string, Control>>;
}

/** Runs the pipeline to its end. */
async function found(options: GrokkingOptions): Promise<{ result: Result; text: string; rows: GrokkingRow[] }> {
  const { rows, summary } = await grokkingPipeline.prepare({ backend: 'wasm', ...options });
  const all = await lastValueFrom(
    rows.pipe(
      tap((row) => summary.push(row)),
      toArray(),
    ),
  );
  return { result: summary.result() as unknown as Result, text: summary.text(), rows: all };
}

describe('grokking of a diagonal network', () => {
  it('stays with the L2-SVM, then turns to the L1-SVM, in continuous time and with nothing left behind', async () => {
    await found({ steps: 3 });
    const before = tf.memory().numTensors;
    const { result, text, rows } = await found({ controls: true });
    expect(tf.memory().numTensors).toBe(before);
    expect(result).toMatchObject({ class: 'grokking', settled: true, stepping: 'adaptive' });
    expect(Math.abs(result.plateau.testMetric - result.earlyPredictor.testMetric)).toBeLessThan(0.03);
    expect(result.end.testMetric).toBe(1);
    expect(result.plateau.early).toBeGreaterThan(0.97);
    expect(result.end.early).toBeLessThan(0.6);
    expect(result.plateau.late).toBeLessThan(0.6);
    expect(result.end.late).toBeGreaterThan(0.99);
    expect(Math.abs(result.end.exactAccuracy - 1)).toBeLessThan(1e-6);
    expect(result.end.kernelAlignment).toBeLessThan(0.5);
    expect(result.lawConstant).toBeGreaterThan(-2.6);
    expect(result.lawConstant).toBeLessThan(-1.4);

    const controls = Object.values(result.controls);
    expect(controls.map((control) => control.class)).toEqual(['none', 'none']);
    expect(Math.abs(controls[0]!.metricAtEnd - result.plateau.testMetric)).toBeLessThan(0.05);
    expect(controls[1]!.metricWhenFitted).toBeGreaterThan(0.9);

    // Evaluated on the grid of continuous time, and at the last row; the event is not back-dated.
    const evaluated = rows.filter(({ evaluation }) => evaluation.testLoss !== null);
    expect(evaluated.length).toBeLessThan(200);
    expect(evaluated.at(-1)).toBe(rows.at(-1));
    const closing = rows.find(
      ({ phaseTransitions: { event } }) => event?.state === 'closed' && event.class === 'grokking',
    )!;
    expect(closing.step).toBe(result.confirmedAt);
    expect(closing.time).toBeGreaterThan(result.t90);

    expect(text).toContain('adaptive-step gradient descent');
    expect(text).toContain('the L2-SVM has');
    expect(text).toContain(`known from step ${result.confirmedAt} on`);
    expect(text).toMatch(/no weight decay: no transition/);
  });

  it('a fixed rate follows the same curve in continuous time', async () => {
    const options = { size: 'small', dimension: 60, samples: 30, alpha: 8, weightDecay: 0.01 } as const;
    const adaptive = await found(options);
    const fixed = await found({ ...options, learningRate: 0.05, steps: 8000 });
    expect(fixed.result.stepping).toBe('fixed');
    expect(fixed.text).toContain('a fixed learning rate');
    expect(fixed.result.steps).toBeGreaterThan(5 * adaptive.result.steps);
    const normAt = ({ rows }: { rows: GrokkingRow[] }, time: number) =>
      rows.findLast((row) => row.parameterNorms.total !== null && row.time <= time)!.parameterNorms.total!;
    for (const time of [50, 100, 200, 380]) {
      expect(Math.abs(normAt(fixed, time) / normAt(adaptive, time) - 1)).toBeLessThan(0.06);
    }
  });
});

describe('the other settings, small', () => {
  it('misgrokking: generalises early, and less in the end', async () => {
    const { result } = await found({ setting: 'misgrokking', size: 'small' });
    expect(result.class).toBe('misgrokking');
    expect(result.plateau.testMetric).toBeGreaterThan(0.98);
    // It goes on losing after the transition.
    expect(Math.abs(result.changed.time / ((Math.log(64) + 5) / 0.001) - 1)).toBeLessThan(0.01);
    expect(result.changed.exactAccuracy).toBeLessThan(0.93);
    expect(result.end.exactAccuracy).toBeLessThan(result.changed.exactAccuracy - 0.01);
    expect(result.end.testMetric).toBeLessThan(0.9);
    expect(result.end.late).toBeGreaterThan(0.85);
  });

  it('completion: the least Frobenius norm, then the least nuclear norm', async () => {
    const { result } = await found({ setting: 'completion', size: 'small', alpha: 5 });
    expect(result.class).toBe('grokking');
    expect(Math.abs(result.plateau.testMetric / result.earlyPredictor.testMetric - 1)).toBeLessThan(0.02);
    expect(result.plateau.early).toBeGreaterThan(0.999);
    expect(result.end.testMetric).toBeLessThan(0.02 * result.plateau.testMetric);
    expect(result.end.late).toBeGreaterThan(0.999);
  });

  it('xor: a network stays with the kernel SVM of its initialisation, then finds the two coordinates', async () => {
    const { result, rows } = await found({ setting: 'xor', steps: 1300 });
    expect(Math.abs(result.plateau.testMetric - result.earlyPredictor.testMetric)).toBeLessThan(0.05);
    expect(result.plateau.early).toBeGreaterThan(0.93);
    expect(Math.abs(result.earlyPredictor.testMetric - 0.5)).toBeLessThan(0.08);
    expect(result.end.testMetric).toBeGreaterThan(0.98);
    expect(result.end.early).toBeLessThan(0.4);
    expect(rows.at(-1)!.margins!.homogeneous).toBeGreaterThan(0);
  });

  it.each([
    ['modular', 10 * Math.sqrt(2 / 62), 0],
    ['xor', 10 * Math.sqrt(1 / 40), Math.sqrt(1 / 100)],
  ] as const)(
    '%s begins with the weights of the reference runs, which decide when it memorises',
    async (setting, first, last) => {
      await useBackend('wasm');
      const { task, model } = settingOf(checked('grokking', Options, { setting }));
      const { train } = task.data(0) as TaskData;
      const parameters = initialParameters(model.build(train.dimension, train.outputs), 0).flat();
      const [W1, , W2] = parameters;
      const deviation = (tensor: tf.Tensor) => Math.sqrt(tf.tidy(() => tf.mean(tf.square(tensor)).dataSync()[0]!));
      expect(Math.abs(deviation(W1!) / first - 1)).toBeLessThan(0.04);
      expect(deviation(W2!)).toBeGreaterThanOrEqual(0.8 * last);
      expect(deviation(W2!)).toBeLessThanOrEqual(1.2 * last);
      for (const parameter of parameters) parameter.dispose();
    },
  );
});

describe('a change that has not settled when the run ends', () => {
  it('is named by what is known, for a control as for the run', async () => {
    const chosen = checked('grokking', Options, { setting: 'xor', backend: 'wasm' });
    const { summary } = controlRun({ name: 'no weight decay', changed: 'weightDecay', chosen });
    for (let k = 0; k <= 96; k++) {
      const time = 10 ** (k / 24);
      const rising = 0.5 / (1 + Math.exp(-8 * Math.log(time / 5000)));
      summary.push({
        step: k,
        time,
        evaluation: { trainLoss: 0.01, testLoss: 1, trainAccuracy: time < 10 ? 0.7 : 1, testAccuracy: 0.5 + rising },
      } as EvaluatedTraining);
    }
    expect(summary.result()).toMatchObject({ class: 'grokking', metricWhenFitted: 0.5, steps: 96, time: 10 ** 4 });
  });
});

describe('grokking', () => {
  it.each([
    [{ alpha: 0 }, 'alpha = 0'],
    [{ variant: 'plain' }, 'variant = plain: expected only with setting modular'],
    [{ setting: 'modular', size: 'paper' }, 'size = paper: expected default or small with setting modular'],
    [{ weightDecay: -1 }, 'weightDecay = -1'],
    [{ dimension: 2 }, 'dimension = 2'],
  ] as const)('%j is refused', async (options, message) => {
    await expect(grokkingPipeline.prepare(options)).rejects.toThrow(message);
  });
});
