import { lastValueFrom, map, tap, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { annotator } from '../../src/operators/annotator.ts';
import { evaluate } from '../../src/operators/evaluate.ts';
import { plateau } from '../../src/operators/plateau.ts';
import { spikes } from '../../src/operators/spikes.ts';
import type { LossRow } from '../../src/step.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingOptions, TrainingSpec } from '../../src/training/trainingSpec.ts';
import { CheckpointsInMemory, comparable, recorded } from './resumableRun.ts';
import { collected, leavesNoTensor, smallSpec } from './smallRun.ts';

describe('operators of a resumed run', () => {
  /** The sum of the losses so far. */
  const sum = () =>
    annotator<LossRow, 'sum', { total: number }>({
      name: 'sum',
      meaning: 'sum of the losses',
      columns: [{ name: 'total', type: 'float64', unit: 'loss', meaning: 'sum of the losses so far' }],
      start() {
        let total = 0;
        const measure = ({ loss }: LossRow) => {
          total += loss;
          return { total };
        };
        const restore = (saved: number) => {
          total = saved;
        };
        return { measure, save: () => total, restore };
      },
    });
  const watched = (changes: Partial<TrainingSpec>, options: TrainingOptions) =>
    train(smallSpec(changes), options).pipe(sum(), spikes());

  async function half(): Promise<Checkpoint> {
    const checkpoints = new CheckpointsInMemory();
    await collected(watched({}, { checkpoints }));
    return checkpoints.last!;
  }

  it("one's own go on with what they saved", async () => {
    const whole = await collected(watched({ steps: 20 }, {}));
    const after = await collected(watched({ steps: 20 }, { resume: await half() }));
    expect(recorded(after)).toEqual(recorded(whole.slice(11)));
  });

  it('may hand out what they go on writing to', async () => {
    const counting = (steps: number, options: TrainingOptions) =>
      train(smallSpec({ steps }), options).pipe(
        annotator<LossRow, 'count', { rows: number }>({
          name: 'count',
          meaning: 'rows so far',
          columns: [{ name: 'rows', type: 'float64', unit: '1', meaning: 'rows so far' }],
          start() {
            let counts = Float64Array.of(0);
            const measure = () => ({ rows: ++counts[0]! });
            const restore = (saved: Float64Array<ArrayBuffer>) => {
              counts = saved;
            };
            return { measure, save: () => counts, restore };
          },
        }),
      );
    const taken: Checkpoint[] = [];
    await collected(counting(10, { checkpoints: { every: 4, put: (checkpoint) => void taken.push(checkpoint) } }));
    for (let again = 0; again < 2; again++) {
      const [row] = await collected(counting(4, { resume: taken[0]! }));
      expect(row!.count.rows).toBe(5);
    }
  });

  it('plain RxJS operators can keep a memory of the run', async () => {
    const counted = (options: TrainingOptions) => {
      let count = 0;
      const memory = {
        save: () => count,
        restore(saved: number) {
          count = saved;
        },
      };
      return train(smallSpec({ steps: options.resume ? 20 : 10 }), options).pipe(
        map((row, index) => {
          if (index === 0) row.run.keep('count', memory);
          return ++count;
        }),
      );
    };
    const checkpoints = new CheckpointsInMemory();
    await collected(counted({ checkpoints }));
    expect(await lastValueFrom(counted({ resume: checkpoints.last! }).pipe(toArray()))).toEqual([
      12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    ]);
  });

  it.each<[string, (options: TrainingOptions) => ReturnType<typeof watched>, RegExp]>([
    ['missing', (options) => train(smallSpec({ steps: 20 }), options).pipe(sum()) as never, /the pipe lacks spikes/],
    [
      'new ones without memory',
      (options) => watched({ steps: 20 }, options).pipe(evaluate()),
      /the pipe did not have evaluation/,
    ],
    [
      'new ones with memory',
      (options) => watched({ steps: 20 }, options).pipe(plateau()),
      /plateau: the checkpoint of step 11 has no state of it/,
    ],
    [
      'in another order',
      (options) => train(smallSpec({ steps: 20 }), options).pipe(spikes(), sum()),
      /in the order spikes, sum, and were in the order sum, spikes/,
    ],
    [
      'other settings',
      (options) => train(smallSpec({ steps: 20 }), options).pipe(sum(), spikes({ ratio: 2 })),
      /other settings than the checkpoint has: ratio = 2, which was 1.3/,
    ],
  ])('%s are refused by name', (_, pipe, message) =>
    leavesNoTensor(async () => {
      await expect(collected(pipe({ resume: await half() }))).rejects.toThrow(message);
    }),
  );

  it('two memories of one name are refused', async () => {
    const memory = { save: () => 0, restore() {} };
    const twice = train(smallSpec()).pipe(
      tap(({ run, step }) => {
        if (step > 0) return;
        run.keep('mine', memory);
        run.keep('mine', memory);
      }),
    );
    await expect(collected(twice)).rejects.toThrow("already have a field 'mine'");
  });

  it('whatever was saved is the same when nothing has happened since', async () => {
    const checkpoint = await half();
    const checkpoints = new CheckpointsInMemory(1);
    await collected(watched({ steps: 11 }, { resume: checkpoint, checkpoints }));
    const other = new CheckpointsInMemory();
    await collected(watched({ steps: 11 }, { checkpoints: other }));
    expect(comparable(checkpoints.last)).toEqual(comparable(other.last));
  });
});
