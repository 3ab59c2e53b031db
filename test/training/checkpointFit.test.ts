import { describe, expect, it } from 'vitest';
import { mlp } from '../../src/models/mlp.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { CheckpointMismatchError } from '../../src/training/checkpointFit.ts';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { CheckpointsInMemory } from './resumableRun.ts';
import { collected, leavesNoTensor, smallSpec } from './smallRun.ts';

const anotherBackend = backendUnderTest === 'cpu' ? 'wasm' : 'cpu';

/** A checkpoint of a small run, at the step after its last. */
async function checkpointOf(changes: Partial<TrainingSpec> = {}): Promise<Checkpoint> {
  const checkpoints = new CheckpointsInMemory();
  await collected(train(smallSpec(changes), { checkpoints }));
  return checkpoints.last!;
}

describe('a checkpoint of another run is refused, in a line that names what differs', () => {
  const other: Record<string, [Partial<TrainingSpec>, RegExp]> = {
    model: [{ model: mlp({ widths: [9] }) }, /model is .*"widths":\[9\].*, and was .*"widths":\[8\]/],
    optimizer: [{ optimizer: adam() }, /optimizer is \{"optimizer":"adam".*, and was \{"optimizer":"gradientDescent"/],
    task: [{ task: lowRankRegression({ dimension: 4, samples: 12, testSamples: 6 }) }, /task is .*"testSamples":6/],
    seed: [{ seed: 4 }, /seed is 4, and was 0/],
    batchSize: [{ batchSize: 3 }, /batchSize is 3, and was 12/],
    loss: [{ loss: 'crossEntropy' }, /loss is "crossEntropy", and was "square"/],
    learningRate: [{ learningRate: 0.2 }, /learningRate is 0.2, and was 0.1/],
    backend: [
      { backend: anotherBackend },
      new RegExp(
        `the backend is ${anotherBackend} \\(.*\\), and was ${backendUnderTest} \\(.*\\{ exact: false \\} goes on nevertheless`,
      ),
    ],
  };

  it.each(Object.entries(other))('%s', (_, [changes, message]) =>
    leavesNoTensor(async () => {
      const checkpoint = await checkpointOf();
      const error = await collected(train(smallSpec(changes), { resume: checkpoint })).catch((reason) => reason);
      expect(error).toBeInstanceOf(CheckpointMismatchError);
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/^train: the checkpoint of step 11 does not fit this run: .*$/);
      expect(error.differences.length).toBe(1);
    }),
  );

  it('other data by the same description', async () => {
    const task = (target: number) => {
      const numbers = { inputs: Float32Array.of(1, 2, 3), targets: Float32Array.of(1, 2, target) };
      const set = { ...numbers, size: 3, dimension: 1, outputs: 1 };
      return { name: 'mine', classes: null, description: 'mine', data: () => ({ train: set, test: set }) };
    };
    const checkpoint = await checkpointOf({ task: task(3) });
    expect((await collected(train(smallSpec({ task: task(3), steps: 11 }), { resume: checkpoint }))).length).toBe(1);
    await expect(collected(train(smallSpec({ task: task(4) }), { resume: checkpoint }))).rejects.toThrow(
      'the data of the task are others, by the same description',
    );
    const referred = (entry: number) => ({ from: 'elsewhere', diagonal: Float64Array.of(entry) });
    const spec = { task: task(3), agopReference: referred(1) };
    const other = smallSpec({ ...spec, agopReference: referred(2) });
    await expect(collected(train(other, { resume: await checkpointOf(spec) }))).rejects.toThrow('the data of the task');
  });

  it('parameters of another shape, and an optimizer state that is not whole', () =>
    leavesNoTensor(async () => {
      const checkpoint = await checkpointOf({ optimizer: adam() });
      const spec = smallSpec({ optimizer: adam(), steps: 20 });
      const { W1, ...others } = checkpoint.parameters;
      const shaped = { ...checkpoint, parameters: { ...others, W1: { ...W1!, shape: [8, 4] } } };
      await expect(collected(train(spec, { resume: shaped }))).rejects.toThrow('parameter W1 is [4,8], and was [8,4]');
      const less = { ...checkpoint, parameters: others };
      await expect(collected(train(spec, { resume: less }))).rejects.toThrow(
        'parameter W1 is [4,8], and was [not there]',
      );
      const bare = { ...checkpoint, optimizer: { ...checkpoint.optimizer, tensors: {} } };
      await expect(collected(train(spec, { resume: bare }))).rejects.toThrow('is missing');
    }));

  it.each([null, {}, { format: 2, step: 3 }, 'runs/first.checkpoints'])('%j is none', (resume) => {
    expect(() => train(smallSpec(), { resume: resume as never })).toThrow('expected a checkpoint of format 1');
  });

  it('exact: false goes on with another backend, and the record says so for good', async () => {
    const another = backendUnderTest === 'cpu' ? 'wasm' : 'cpu';
    const checkpoint = await checkpointOf();
    const checkpoints = new CheckpointsInMemory();
    const other = await collected(
      train(smallSpec({ backend: another, steps: 15 }), { resume: checkpoint, exact: false, checkpoints }),
    );
    expect(other[0]!.run.metadata.inexactSince).toBe(11);
    const again = await collected(train(smallSpec({ backend: another, steps: 20 }), { resume: checkpoints.last! }));
    expect(again[0]!.run.metadata.inexactSince).toBe(11);
    // Nearly the same numbers: the state was the same, the arithmetic is not.
    const exact = await collected(train(smallSpec({ steps: 15 }), { resume: checkpoint }));
    expect(exact[0]!.run.metadata.inexactSince).toBeUndefined();
    for (const [index, { loss }] of exact.entries()) expect(other[index]!.loss).toBeCloseTo(loss, 5);
  });
});
