import type { Column } from '../columns.ts';
import { type Eventual, whenBoth } from '../eventual.ts';
import type { TrainingStep } from '../step.ts';
import { type Annotator, annotator } from './annotator.ts';

export interface BatchResponseFields {
  /** Loss of the batch of the step before, before its update; null at the first row. */
  readonly before: number | null;
  /** Loss of those samples now, after it. */
  readonly after: number | null;
  /** Learning rate of that update over the critical one of that batch; null where the optimizer had none. */
  readonly learningRateRatio: number | null;
}

const columns: readonly Column[] = [
  {
    name: 'before',
    type: 'float64',
    unit: 'loss',
    meaning: 'loss of the batch of the step before, before its update',
    nullable: true,
    axis: 'log',
  },
  {
    name: 'after',
    type: 'float64',
    unit: 'loss',
    meaning: 'loss of the same samples after that update',
    nullable: true,
    axis: 'log',
  },
  {
    name: 'learningRateRatio',
    type: 'float64',
    unit: 'learning rate / critical',
    meaning: 'learning rate of that update over the critical one of that batch',
    nullable: true,
  },
];

interface Before {
  readonly loss: number;
  readonly learningRateRatio: number | null;
}

/**
 * What its own update did to the loss of a batch, told at the next row, beside the learning rate in units of the critical
 * one of that batch: below 1 an update lowers the loss it was made from, above it need not.
 *
 * ```
 * steps               --s0--------------s1------------------s2--
 * batchResponse         {null, null}    {L_0(w0), L_0(w1)}  {L_1(w1), L_1(w2)}
 * ```
 *
 * Cost: a forward pass of a batch and its kernel.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 3, on mini-batches.
 */
export function batchResponse<Name extends string = 'batchResponse'>(
  options: { readonly as?: Name } = {},
): Annotator<TrainingStep, Name, BatchResponseFields> {
  return annotator<TrainingStep, Name, BatchResponseFields>({
    name: options.as ?? ('batchResponse' as Name),
    meaning: 'what the update of the step before did to the loss of its own batch',
    columns,
    start() {
      let before: Before | null = null;
      return {
        measure: ({ loss, learningRate, probe: { batch, previousBatch } }): Eventual<BatchResponseFields> =>
          whenBoth(batch.preconditionedCriticalLearningRate(), previousBatch?.loss() ?? null, (critical, after) => {
            const fields = {
              before: before?.loss ?? null,
              after: before === null ? null : after,
              learningRateRatio: before?.learningRateRatio ?? null,
            };
            before = { loss, learningRateRatio: critical === null ? null : learningRate / critical };
            return fields;
          }),
        save: () => before && { ...before },
        restore: (saved: Before | null) => {
          before = saved;
        },
      };
    },
  });
}
