import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type GrokkingOptions, grokkingPipeline } from '../../pipelines/grokking/grokking.ts';
import type { GrokkingRow } from '../../pipelines/grokking/grokkingRows.ts';

interface Moment {
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

  it('xor: a network, with the kernel SVM of its initialisation beside it', async () => {
    const { result, rows } = await found({ setting: 'xor', alpha: 10, steps: 1000 });
    expect(result.plateau.testMetric).toBeLessThan(0.65);
    expect(Math.abs(result.earlyPredictor.testMetric - 0.5)).toBeLessThan(0.06);
    expect(result.end.testMetric).toBeGreaterThan(0.98);
    expect(rows.at(-1)!.margins!.homogeneous).toBeGreaterThan(0);
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
