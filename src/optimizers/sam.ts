import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { whenReady } from '../eventual.ts';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';
import { sharpnessAware, sharpnessOptions } from './sharpnessAware.ts';

const Options = z
  .strictObject({
    ...sharpnessOptions,
    /** Adaptive SAM: the perturbation follows the size of each parameter; its rho is some ten times larger. */
    adaptive: z.boolean().default(false),
    /**
     * Samples whose gradient the perturbation follows: the step's own batch (default), or more, with what comes after it
     * in the order of the epoch. At every step this costs a gradient of so many samples.
     */
    perturbationBatch: z.int().min(1).optional(),
    /**
     * Whether so many samples are taken beside the step's own, which then have no part in the perturbation. Their gradient
     * is that of all with the batch's taken out again: not for batch normalization, under which samples depend on others.
     */
    othersOnly: z.boolean().default(false),
  })
  .refine(({ othersOnly, perturbationBatch }) => !othersOnly || perturbationBatch !== undefined, {
    path: ['othersOnly'],
    error: 'expected false, or a perturbationBatch beside it',
  });

export type SamOptions = z.input<typeof Options>;

/** The mean gradient of `others` samples, from that of all of them with the `own`, and that of the own. */
function withoutOwn(
  all: readonly tf.Tensor[],
  gradients: readonly tf.Tensor[],
  own: number,
  others: number,
): tf.Tensor[] {
  return tf.tidy(() =>
    all.map((tensor, index) =>
      tf.sub(tf.mul(tensor, (own + others) / others), tf.mul(gradients[index]!, own / others)),
    ),
  );
}

/**
 * Sharpness-aware minimisation over any base optimizer: the perturbation follows the batch's gradient, q = g.
 * Sources: Foret et al. 2021 (arXiv 2010.01412), algorithm 1; adaptive: Kwon et al. 2021 (arXiv 2102.11600); larger
 * perturbation batches: Li et al. 2024 (arXiv 2403.12350).
 * @throws {RangeError} naming the option, its value and what was expected; when a run begins, where the perturbation
 * batch is smaller than the batch, and at its first step where it is larger than the training set.
 */
export function sam(options: SamOptions = {}): Optimizer {
  const { rho, warmUp, base, adaptive, perturbationBatch, othersOnly } = checked('sam', Options, options);
  return sharpnessAware({
    name: adaptive ? 'adaptive SAM' : 'SAM',
    description: { optimizer: 'sam', perturbationBatch: perturbationBatch ?? 'the batch', othersOnly },
    rho,
    warmUp,
    adaptive,
    base,
    perturbation: ({ batchSize }) => {
      if (othersOnly && perturbationBatch !== undefined) {
        return {
          direction: ({ parameters, gradients, gradientsAt }) =>
            whenReady(gradientsAt(parameters, perturbationBatch + batchSize), (all) => {
              const others = withoutOwn(all, gradients, batchSize, perturbationBatch);
              for (const tensor of all) tensor.dispose();
              return others;
            }),
        };
      }
      if (perturbationBatch !== undefined && perturbationBatch < batchSize) {
        throw new RangeError(
          `sam: perturbationBatch = ${perturbationBatch}: expected at least the ${batchSize} samples of a batch`,
        );
      }
      const own = perturbationBatch === undefined || perturbationBatch === batchSize;
      return {
        direction: ({ parameters, gradients, gradientsAt }) =>
          own ? gradients : gradientsAt(parameters, perturbationBatch),
      };
    },
  });
}
