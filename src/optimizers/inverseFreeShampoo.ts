import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { checked } from '../validation.ts';
import { precision, rounding } from './bfloat16.ts';
import { type Block, blocks, throughBlocks } from './block.ts';
import type { Optimizer } from './optimizer.ts';
import { decayOptions, momentumOf, momentumOptions, preconditionedDescent } from './preconditionedDescent.ts';
import type { Factors, PreconditionerFactory } from './preconditioner.ts';
import { sandwich } from './sandwich.ts';
import type { StateTensors } from './stateTensors.ts';

const Options = z.strictObject({
  /** Step size of the factors, beta2 in the source. */
  factorRate: z.number().min(0).default(0.05),
  /** Heavy-ball coefficient of the factors' own updates, alpha2 in the source. */
  riemannianMomentum: z.number().min(0).lt(1).default(0.5),
  /** lambda */
  damping: z.number().min(0).default(1e-3),
  /** Steps from one update of the factors to the next, T. */
  updateInterval: z.int().min(1).default(1),
  /** Whether a weight and its bias form one matrix. */
  joint: z.boolean().default(false),
  /** The factor B, samples in the average that the loss is; by default the run's batch size. 1 for a summed loss. */
  batchSize: z.number().positive().optional(),
  /** `bfloat16` rounds the factors, their momenta and every intermediate of both; parameters stay in float32. */
  precision,
  ...momentumOptions,
  momentum: momentumOptions.momentum.default(0.9),
  ...decayOptions,
  decay: decayOptions.decay.default('beforeMomentum'),
});

export type InverseFreeShampooOptions = z.input<typeof Options>;

/**
 * Inverse-free, root-free Shampoo: Kronecker factors K_n, one for each axis, with P^{-1} = (x)_n K_n K_n^T, updated
 * by matrix products alone. K_n = I, M_n = 0 at first; every T steps, all from the old K:
 * A = sqrt(B) g with K_q^T multiplied onto every axis q;
 * H_n = (A_n A_n^T / prod_{q != n} d_q + lambda prod_{q != n} (tr(K_q^T K_q) / d_q) K_n^T K_n - I) / 2;
 * M_n <- alpha2 M_n + (1 - alpha2) H_n; K_n <- K_n - beta2 / max(1, |M_n|_F) K_n M_n.
 * Then u = P^{-1} g + d w; v <- beta v + u; w <- w - lr v.
 * A step costs two products with the factors for a matrix, an update of the factors some ten; in float32 those with
 * a gradient that comes as a product of n rows cost n rows, where that is less than the matrix has.
 * Source: Lin et al. 2024 (arXiv 2402.03496), inverse-free Shampoo with dense factors, and the authors' code.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function inverseFreeShampoo(options: InverseFreeShampooOptions = {}): Optimizer {
  const chosen = checked('inverseFreeShampoo', Options, options);
  const { weightDecay, decay } = chosen;
  return {
    ...preconditionedDescent({
      name: 'inverse-free Shampoo',
      description: { optimizer: 'inverseFreeShampoo', ...chosen, batchSize: chosen.batchSize ?? 'of the run' },
      momentum: momentumOf(chosen),
      weightDecay,
      decay,
      preconditioner: kroneckerFactors(chosen),
    }),
    usesFactors: true,
  };
}

type Settings = z.output<typeof Options>;

function kroneckerFactors(settings: Settings): PreconditionerFactory {
  const { joint, updateInterval, precision } = settings;
  const rounded = rounding(precision);
  return (run, state) => {
    const all = blocks(run.parameters, joint);
    for (const { name, sizes } of all) {
      sizes.forEach((size, axis) => {
        state.put(`K${axis}/${name}`, tf.eye(size));
        state.put(`M${axis}/${name}`, tf.zeros([size, size]));
        state.put(`product${axis}/${name}`, tf.eye(size));
      });
    }
    // Rounding is defined on the products with the gradient itself.
    const factorsOf = (block: Block, factors: Factors | undefined) =>
      precision === 'float32' ? block.factors(factors) : null;
    return {
      definedAtStart: true,
      absorb(gradients, step, factors) {
        if ((step - 1) % updateInterval !== 0) return;
        for (const block of all) {
          const momenta = tf.tidy(() => {
            const sides = block.sizes.map((_, axis) => state.matrix(`K${axis}/${block.name}`));
            const whitened = sandwich(sides, block.gather(gradients), factorsOf(block, factors), rounded);
            return newMomenta(block, sides, whitened, settings.batchSize ?? run.batchSize, state, settings);
          });
          momenta.forEach((momentum, axis) => {
            moveFactor(`${axis}/${block.name}`, momentum, state, settings);
          });
        }
      },
      apply: (directions, _, factors) =>
        throughBlocks(all, directions, (block, direction) => {
          const sides = block.sizes.map((_, axis) => state.matrix(`product${axis}/${block.name}`));
          return sandwich(sides, direction, factorsOf(block, factors), rounded);
        }),
    };
  };
}

/** M_n of every axis from the old factors and the gradient between them, A / sqrt(B). */
function newMomenta(
  block: Block,
  factors: readonly tf.Tensor2D[],
  whitened: tf.Tensor2D,
  batchSize: number,
  state: StateTensors,
  settings: Settings,
): tf.Tensor2D[] {
  const { riemannianMomentum, damping, precision } = settings;
  const rounded = rounding(precision);
  const fresh = (1 - riemannianMomentum) / 2;
  return factors.map((factor, axis) => {
    const other = factors[1 - axis];
    const share = fresh / (block.sizes[1 - axis] ?? 1);
    const gram = rounded(tf.matMul(whitened, whitened, axis === 1, axis === 0));
    let sum: tf.Tensor2D = tf.sub(tf.mul(gram, share * batchSize), scaledIdentity(block.sizes[axis]!, fresh, state));
    if (damping > 0) {
      const trace = other === undefined ? 1 : tf.sum(tf.square(other));
      const product = rounded(tf.matMul(factor, factor, true, false));
      sum = tf.add(sum, tf.mul(product, tf.mul(trace, share * damping)));
    }
    if (riemannianMomentum > 0) {
      sum = tf.add(sum, tf.mul(state.get(`M${axis}/${block.name}`), riemannianMomentum));
    }
    return rounded(sum);
  });
}

function moveFactor(name: string, momentum: tf.Tensor2D, state: StateTensors, settings: Settings): void {
  const rounded = rounding(settings.precision);
  const { factor, product } = tf.tidy(() => {
    const old = state.matrix(`K${name}`);
    const rate = tf.div(settings.factorRate, tf.maximum(1, tf.sqrt(tf.sum(tf.square(momentum)))));
    const step: tf.Tensor2D = tf.mul(rounded(tf.matMul(old, momentum)), rate);
    const factor = rounded(tf.sub(old, rounded(step)));
    return { factor, product: rounded(tf.matMul(factor, factor, false, true)) };
  });
  state.put(`M${name}`, momentum);
  state.put(`K${name}`, factor);
  state.put(`product${name}`, product);
}

function scaledIdentity(size: number, scale: number, state: StateTensors): tf.Tensor {
  return state.constant(`${scale} I of order ${size}`, () => tf.mul(tf.eye(size), scale));
}
