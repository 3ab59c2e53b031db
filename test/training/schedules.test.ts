import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixFactorization } from '../../src/models/matrixFactorization.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import type { Probe } from '../../src/probe.ts';
import type { ModelLens } from '../../src/probes/lens.ts';
import { matrixCompletion } from '../../src/tasks/matrixCompletion.ts';
import type { Schedule, ScheduleStep } from '../../src/training/schedule.ts';
import { adaptiveStep } from '../../src/training/schedules/adaptiveStep.ts';
import { cosine } from '../../src/training/schedules/cosine.ts';
import { critical } from '../../src/training/schedules/critical.ts';
import { inverseSquareRoot } from '../../src/training/schedules/inverseSquareRoot.ts';
import { raiseToCritical } from '../../src/training/schedules/raiseToCritical.ts';
import { stepDecay } from '../../src/training/schedules/stepDecay.ts';
import { warmUp } from '../../src/training/schedules/warmUp.ts';
import { train } from '../../src/training/train.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { collected, leavesNoTensor, smallSpec } from './smallRun.ts';

/** A step that only its number tells from others; whoever asks its probe fails. */
function bareStep(step: number, changes: Partial<ScheduleStep> = {}): ScheduleStep {
  return {
    step,
    epoch: step,
    time: 0,
    loss: 1,
    probe: undefined as unknown as Probe,
    squaredNorm: () => 1,
    largestRowNorm: () => 1,
    ...changes,
  };
}

function ratesOf(schedule: Schedule, steps: number): number[] {
  const running = schedule.start();
  return Array.from({ length: steps }, (_, step) => running.next(bareStep(step)) as number);
}

const rate = fc.double({ min: 1e-6, max: 10, noNaN: true });
const count = fc.integer({ min: 1, max: 40 });

describe('schedules of the step alone follow their closed form at every step', () => {
  it('stepDecay', () => {
    expect(ratesOf(stepDecay({ from: 8, every: 2, factor: 0.5 }), 7)).toEqual([8, 8, 4, 4, 2, 2, 1]);
    expect(ratesOf(stepDecay({ from: 1, every: 1 }), 3)).toEqual([1, 0.1, 0.1 ** 2]);
    fc.assert(
      fc.property(rate, count, fc.double({ min: 0.1, max: 1, noNaN: true }), (from, every, factor) => {
        const rates = ratesOf(stepDecay({ from, every, factor }), 3 * every);
        for (let step = 0; step < every; step++) {
          expect(rates[step]).toBe(from);
          expect(rates[step + every]! / (from * factor)).toBeCloseTo(1, 12);
          expect(rates[step + 2 * every]! / (from * factor * factor)).toBeCloseTo(1, 12);
        }
      }),
    );
  });

  it('cosine: both ends exactly, the middle half-way, never rising, symmetric', () => {
    expect(ratesOf(cosine({ from: 2, steps: 2 }), 4)).toEqual([2, 1, 0, 0].map((value) => expect.closeTo(value, 12)));
    fc.assert(
      fc.property(rate, fc.double({ min: 0, max: 1, noNaN: true }), count, count, (from, share, hold, fall) => {
        const to = from * share;
        const steps = hold + fall;
        const rates = ratesOf(cosine({ from, to, steps, hold }), steps + 5);
        expect(rates.slice(0, hold + 1)).toEqual(new Array(hold + 1).fill(from));
        expect(rates.slice(steps)).toEqual(new Array(5).fill(to));
        for (let step = 1; step < rates.length; step++) {
          expect(rates[step]).toBeLessThanOrEqual(rates[step - 1]! * (1 + 1e-12));
        }
        for (let step = 0; step <= fall; step++) {
          const mirrored = rates[hold + step]! + rates[steps - step]!;
          expect(Math.abs(mirrored - from - to)).toBeLessThanOrEqual(1e-12 * from);
        }
      }),
    );
  });

  it('inverseSquareRoot: a quarter of the steps, twice the rate', () => {
    expect(ratesOf(inverseSquareRoot({ from: 1 }), 4)).toEqual([1, Math.SQRT1_2, Math.sqrt(1 / 3), 0.5]);
    fc.assert(
      fc.property(rate, count, (from, hold) => {
        const rates = ratesOf(inverseSquareRoot({ from, hold }), 16 * hold);
        expect(rates.slice(0, hold)).toEqual(new Array(hold).fill(from));
        for (let steps = hold; 4 * steps <= rates.length; steps++) {
          expect(rates[steps - 1]! / rates[4 * steps - 1]!).toBeCloseTo(2, 10);
        }
      }),
    );
  });

  it('warmUp: a growing share of what it is around, all of it from step `steps` - 1 on', () => {
    expect(ratesOf(warmUp(4, { steps: 4 }), 6)).toEqual([1, 2, 3, 4, 4, 4]);
    fc.assert(
      fc.property(rate, count, (from, steps) => {
        const around = cosine({ from, steps: 60 });
        const plain = ratesOf(around, 60);
        const warmed = ratesOf(warmUp(around, { steps }), 60);
        plain.forEach((value, step) => {
          expect(warmed[step]).toBe(value * Math.min(1, (step + 1) / steps));
        });
      }),
    );
  });

  it('warmUp then inverse square root is the schedule of the transformer', () => {
    const width = 512;
    const steps = 40;
    const peak = 1 / Math.sqrt(width * steps);
    const published = (step: number) => width ** -0.5 * Math.min(step ** -0.5, step * steps ** -1.5);
    const rates = ratesOf(warmUp(inverseSquareRoot({ from: peak, hold: steps }), { steps }), 200);
    rates.forEach((value, step) => {
      expect(value / published(step + 1)).toBeCloseTo(1, 12);
    });
  });

  it('warmUp around warmUp, a function, a promise, a schedule with memory', async () => {
    expect(ratesOf(warmUp(warmUp(8, { steps: 2 }), { steps: 4 }), 5)).toEqual([1, 4, 6, 8, 8]);
    const promised = warmUp(async ({ step }) => step + 1, { steps: 2 }).start();
    expect([await promised.next(bareStep(0)), await promised.next(bareStep(1))]).toEqual([0.5, 2]);
    // Not settled before what it is around is: `until` must wait for its catapults.
    const around = warmUp(raiseToCritical({ catapults: 2 }), { steps: 5 });
    expect(around.start().settled).toBe(false);
    expect(around.name).toBe('warmUp(raiseToCritical(factor 1.15, catapults 2), steps 5)');
    expect(warmUp(0.5, { steps: 3 }).name).toBe('warmUp(0.5, steps 3)');
  });
});

describe('adaptiveStep', () => {
  it('c over loss and squared norm, at most `most`', () => {
    const { next } = adaptiveStep({ most: 5, factor: 12 }).start();
    expect(next(bareStep(0, { loss: 2, squaredNorm: () => 3 }))).toBe(2);
    expect(next(bareStep(1, { loss: 0.1, squaredNorm: () => 3 }))).toBe(5);
    expect(next(bareStep(2, { loss: 0, squaredNorm: () => 3 }))).toBe(5);
  });

  it('logistic: c over 4 |theta|^2 mean(p (1 - p)) and the decay', () => {
    const { next } = adaptiveStep({ curvature: 'logistic', most: 50, factor: 4, decay: 0.5 }).start();
    const batch = { outputs: 1, predictions: () => Float32Array.of(0, Math.log(3)) };
    const probe = { batch } as unknown as Probe;
    // p (1 - p) is 1/4 at 0 and 3/16 at ln 3.
    const curvature = (4 * 2 * (1 / 4 + 3 / 16)) / 2 + 0.5;
    expect(next(bareStep(0, { probe, squaredNorm: () => 2 }))).toBeCloseTo(4 / curvature, 6);
    const sure = { batch: { outputs: 1, predictions: () => Float32Array.of(1e4, -1e4) } } as unknown as Probe;
    expect(next(bareStep(1, { probe: sure, squaredNorm: () => 2 }))).toBe(8);
    const many = { batch: { outputs: 3 } } as unknown as Probe;
    expect(() => next(bareStep(2, { probe: many }))).toThrow('curvature = logistic: 3 outputs: expected one');
  });

  it('rows: c over the largest row of the parameters', async () => {
    const { next } = adaptiveStep({ curvature: 'rows', most: 5, factor: 12 }).start();
    expect(next(bareStep(0, { largestRowNorm: () => 4 }))).toBe(3);
    const norms: number[] = [];
    await collected(
      train(
        smallSpec({
          task: matrixCompletion({ size: 4, samples: 7 }),
          model: matrixFactorization({ size: 4, alpha: 1 }),
          learningRate: (step) => {
            const [u, v] = (step.probe.batch as ModelLens).parameters.flat().map((tensor) => tensor.dataSync());
            const rows = [0, 1, 2, 3].map((i) =>
              [0, 1, 2, 3].reduce((sum, k) => sum + u![4 * i + k]! ** 2 + v![4 * i + k]! ** 2, 0),
            );
            const norm = step.largestRowNorm() as number;
            expect(norm).toBeCloseTo(Math.max(...rows), 5);
            norms.push(norm);
            return 0.1;
          },
        }),
      ),
    );
    expect(norms.length).toBeGreaterThan(2);
  });

  it('waits for a norm that is promised', async () => {
    const { next } = adaptiveStep({ most: 5, factor: 12 }).start();
    expect(await next(bareStep(0, { loss: 2, squaredNorm: async () => 3 }))).toBe(2);
  });

  it.each(backendsUnderTest)('the norm is that of all parameters before the update, on %s', async (backend) => {
    await leavesNoTensor(async () => {
      const norms: number[] = [];
      const rows = await collected(
        train(
          smallSpec({
            backend,
            learningRate: async (step) => {
              const all = (step.probe.batch as ModelLens).parameters.flat();
              const direct = all.flatMap((tensor) => [...tensor.dataSync()]).reduce((sum, x) => sum + x * x, 0);
              const norm = await step.squaredNorm();
              expect(Math.abs(norm / direct - 1)).toBeLessThan(1e-6);
              norms.push(norm);
              return Math.min(0.1, 3 / (step.loss * norm));
            },
          }),
        ),
      );
      expect(norms.length).toBe(rows.length);
      const again = await collected(
        train(smallSpec({ backend, learningRate: adaptiveStep({ most: 0.1, factor: 3 }) })),
      );
      expect(again.map(({ learningRate }) => learningRate)).toEqual(
        rows.map(({ loss }, index) => Math.min(0.1, 3 / (loss * norms[index]!))),
      );
    });
  });
});

describe('critical', () => {
  it.each(['train', 'batch'] as const)(
    'is its multiple of the critical rate of the %s at every step',
    async (samples) => {
      const expected: number[] = [];
      const rows = await collected(
        train(
          smallSpec({
            batchSize: 4,
            learningRate: async (step) => {
              expected.push(0.6 * (await step.probe[samples].criticalLearningRate()));
              return expected.at(-1)!;
            },
          }),
        ),
      );
      const found = await collected(train(smallSpec({ batchSize: 4, learningRate: critical(0.6, samples) })));
      expect(found.map(({ learningRate }) => learningRate)).toEqual(expected);
      expect(found.map(({ loss }) => loss)).toEqual(rows.map(({ loss }) => loss));
      expect(found[0]!.run.metadata.learningRate).toBe(`critical(0.6, ${samples})`);
    },
  );

  it('refuses a preconditioned optimizer by name', async () => {
    await expect(collected(train(smallSpec({ optimizer: adam(), learningRate: critical(0.9) })))).rejects.toThrow(
      'critical: the critical learning rate is not defined by the kernel alone',
    );
  });
});

describe('continuous time', () => {
  it('is the sum of the rates so far, over 1 - beta with momentum, whatever the schedule', async () => {
    const schedules: Schedule[] = [
      warmUp(cosine({ from: 0.2, steps: 10, hold: 3 }), { steps: 3 }),
      stepDecay({ from: 0.2, every: 3 }),
      inverseSquareRoot({ from: 0.1, hold: 2 }),
      adaptiveStep({ most: 0.1, factor: 5 }),
      critical(0.4),
    ];
    for (const learningRate of schedules) {
      for (const momentum of [0, 0.75]) {
        const rows = await collected(
          train(smallSpec({ learningRate, optimizer: gradientDescent({ momentum }), steps: 12 })),
        );
        expect(rows.length).toBe(13);
        let time = 0;
        for (const row of rows) {
          expect(Math.abs(row.time - time)).toBeLessThanOrEqual(1e-12 * Math.max(1, time));
          time += row.learningRate / (1 - momentum);
        }
      }
    }
  });
});

it('a schedule may be used by many runs: each starts it anew', async () => {
  const learningRate = warmUp(stepDecay({ from: 0.2, every: 4, factor: 0.5 }), { steps: 2 });
  const runs = await Promise.all([1, 2].map(() => collected(train(smallSpec({ learningRate })))));
  expect(runs[0]!.map((row) => row.learningRate)).toEqual(runs[1]!.map((row) => row.learningRate));
});

describe('an option out of range is refused with its name, its value and what was expected', () => {
  it.each([
    [() => stepDecay({ from: -1, every: 3 }), /^stepDecay: from = -1: .*>=0$/],
    [() => stepDecay({ from: 1, every: 0 }), /^stepDecay: every = 0: .*>=1$/],
    [() => stepDecay({ from: 1, every: 2, factor: 2 }), /^stepDecay: factor = 2: .*<=1$/],
    [() => cosine({ from: 1, steps: 1.5 }), /^cosine: steps = 1.5: .*int/],
    [() => cosine({ from: 1, steps: 5, hold: 5 }), /^cosine: hold = 5: expected less than steps$/],
    [() => cosine({ from: 1, steps: 5, restarts: 2 } as never), /^cosine: .*restarts/],
    [() => inverseSquareRoot({ from: Number.NaN }), /^inverseSquareRoot: from = NaN: .*expected number/],
    [() => inverseSquareRoot({ from: 1, hold: 0 }), /^inverseSquareRoot: hold = 0: .*>=1$/],
    [() => warmUp(1, { steps: 0 }), /^warmUp: steps = 0: .*>=1$/],
    [() => adaptiveStep({ most: 0 }), /^adaptiveStep: most = 0: .*>0$/],
    [() => adaptiveStep({ factor: -1 }), /^adaptiveStep: factor = -1: .*>0$/],
    [() => critical(-0.5), /^critical: factor = -0.5: .*>=0$/],
    [() => critical(0.5, 'test' as never), /^critical: samples = "test": .*"train"\|"batch"/],
  ])('%#', (make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });

  it('warmUp around what gives no rate', () => {
    for (const around of [-1, Number.NaN, undefined, null, {}, 'fast']) {
      expect(() => warmUp(around as never, { steps: 2 })).toThrow(
        `warmUp: around = ${around}: expected a rate of at least 0, a function or a schedule`,
      );
    }
  });
});
