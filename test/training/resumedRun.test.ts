import { of, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { adam } from '../../src/optimizers/adam.ts';
import type { LossRow } from '../../src/step.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import type { Schedule } from '../../src/training/schedule.ts';
import { raiseToCritical } from '../../src/training/schedules/raiseToCritical.ts';
import { warmUp } from '../../src/training/schedules/warmUp.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { CheckpointsInMemory, recorded } from './resumableRun.ts';
import { collected, leavesNoTensor, smallSpec } from './smallRun.ts';

/** A checkpoint of a small run, at the step after its last. */
async function checkpointOf(changes: Partial<TrainingSpec> = {}): Promise<Checkpoint> {
  const checkpoints = new CheckpointsInMemory();
  await collected(train(smallSpec(changes), { checkpoints }));
  return checkpoints.last!;
}

const losses = (rows: readonly LossRow[]) => rows.map(({ loss }) => loss);

describe('a resumed run', () => {
  it('can go on longer, and until something else, and from there again', async () => {
    const whole = await collected(train(smallSpec({ steps: 40 })));
    const first = await checkpointOf({ steps: 10, until: ({ step }) => step === 7 });
    expect(first.step).toBe(8);
    const checkpoints = new CheckpointsInMemory();
    const second = await collected(train(smallSpec({ steps: 20 }), { resume: first, checkpoints }));
    const third = await collected(train(smallSpec({ steps: 40 }), { resume: checkpoints.last! }));
    expect(recorded([...whole.slice(0, 8), ...second, ...third])).toEqual(recorded(whole));
    expect(checkpoints.last!.beganAt).toBe(8);
  });

  it('that had made all its steps completes without a row', () =>
    leavesNoTensor(async () => {
      const checkpoint = await checkpointOf();
      expect(await collected(train(smallSpec(), { resume: checkpoint }))).toEqual([]);
    }));

  it('counts its seconds on', async () => {
    const checkpoint = await checkpointOf();
    const longer = { ...checkpoint, seconds: 1000 };
    const [row] = await collected(train(smallSpec({ steps: 11 }), { resume: longer }));
    expect(row!.seconds).toBeGreaterThanOrEqual(1000);
  });

  it('leaves the checkpoint as it is, which is good for another', async () => {
    const checkpoint = await checkpointOf({ optimizer: adam() });
    const before = structuredClone(checkpoint);
    const spec = smallSpec({ optimizer: adam(), steps: 30 });
    const rows = await collected(train(spec, { resume: checkpoint }));
    expect(checkpoint).toEqual(before);
    expect(losses(await collected(train(spec, { resume: checkpoint })))).toEqual(losses(rows));
  });

  it('keeps a learning rate that was set by hand', async () => {
    const control$ = new Subject<ControlMessage>();
    const checkpoints = new CheckpointsInMemory();
    const spec = smallSpec({ learningRate: raiseToCritical({ catapults: 1 }) });
    await collected(
      train(spec, { control$, checkpoints }).pipe(
        tap(({ step }) => step === 3 && control$.next({ type: 'setLearningRate', value: 0.03125 })),
      ),
    );
    const rows = await collected(train({ ...spec, steps: 13 }, { resume: checkpoints.last! }));
    expect(rows.map(({ learningRate }) => learningRate)).toEqual([0.03125, 0.03125, 0.03125]);
  });

  it('listens anew to a stream of learning rates', async () => {
    const checkpoint = await checkpointOf({ learningRate: of(0.5) });
    const rows = await collected(train(smallSpec({ learningRate: of(0.25), steps: 11 }), { resume: checkpoint }));
    expect(rows[0]!.learningRate).toBe(0.25);
  });

  it('refuses to be saved under a schedule whose memory cannot be', async () => {
    const forgetful: Schedule = { name: 'forgetful', start: () => ({ next: () => 0.1, settled: true }) };
    for (const learningRate of [forgetful, warmUp(forgetful, { steps: 3 })]) {
      const rows = train(smallSpec({ learningRate }), { checkpoints: new CheckpointsInMemory() });
      await expect(collected(rows)).rejects.toThrow(/the schedule .*forgetful.* cannot be saved in a checkpoint/);
      expect((await collected(train(smallSpec({ learningRate })))).length).toBe(11);
    }
  });
});
