import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { annotator } from '../../src/operators/annotator.ts';
import { batchResponse } from '../../src/operators/batchResponse.ts';
import { adam } from '../../src/optimizers/adam.ts';
import type { TrainingStep } from '../../src/step.ts';
import { BatchOrder } from '../../src/training/batches.ts';
import { train } from '../../src/training/train.ts';
import { collected, leavesNoTensor, smallSpec } from '../training/smallRun.ts';

/** Predictions on the whole training set, row by row: another way to a batch's loss. */
const predictions = () =>
  annotator<TrainingStep, 'whole', { readonly predictions: Float32Array }>({
    name: 'whole',
    meaning: 'predictions',
    columns: [],
    start:
      () =>
      ({ probe }) => ({ predictions: (probe.train.predictions() as Float32Array).slice() }),
  });

describe('batchResponse', () => {
  it.each([5, 4, 12])(
    'after is the loss of the batch before on the network as it is now, batches of %i',
    async (size) => {
      const spec = smallSpec({ batchSize: size, seed: 3 });
      const { train: data } = await spec.task.data(3);
      const order = new BatchOrder(12, size, 3);
      const rows = await collected(train(spec).pipe(batchResponse(), predictions()));
      expect(rows[0]!.batchResponse).toEqual({ before: null, after: null, learningRateRatio: null });
      for (const [index, row] of rows.slice(1).entries()) {
        const of = Array.from(order.rows(index) ?? Array(12).keys());
        const squares = of.map((sample) => (row.whole.predictions[sample]! - data.targets[sample]!) ** 2);
        expect(row.batchResponse.after).toBeCloseTo(squares.reduce((a, b) => a + b) / size, 5);
        expect(row.batchResponse.before).toBe(rows[index]!.loss);
      }
    },
  );

  it('tells the rate in units of the critical one of that batch', async () => {
    let critical: number[] = [];
    const rows = await collected(
      train(smallSpec({ batchSize: 4 })).pipe(
        map((row) => {
          critical = [...critical, row.probe.batch.criticalLearningRate() as number];
          return row;
        }),
        batchResponse(),
      ),
    );
    for (const [index, { batchResponse: response }] of rows.slice(1).entries())
      expect(response.learningRateRatio).toBeCloseTo(0.1 / critical[index]!, 6);
  });

  it('has no ratio after the first update of a method that had no preconditioner by then', async () => {
    const rows = await collected(train(smallSpec({ batchSize: 4, optimizer: adam(), steps: 3 })).pipe(batchResponse()));
    expect(rows[1]!.batchResponse.learningRateRatio).toBeNull();
    expect(rows[1]!.batchResponse.after).toBeTypeOf('number');
    expect(rows[2]!.batchResponse.learningRateRatio).toBeGreaterThan(0);
  });

  it('frees what it used', () =>
    leavesNoTensor(() => collected(train(smallSpec({ batchSize: 4 })).pipe(batchResponse()))));

  it('a lens on the batch before is refused after its row', async () => {
    const lenses = await collected(
      train(smallSpec({ batchSize: 4, steps: 2 })).pipe(map(({ probe }) => probe.previousBatch)),
    );
    expect(lenses[0]).toBeNull();
    expect(() => lenses[2]!.loss()).toThrow(/used after its delivery/);
  });
});
