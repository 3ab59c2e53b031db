import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { type Eventual, whenReady } from '../eventual.ts';
import { checked } from '../validation.ts';
import { precision, rounding } from './bfloat16.ts';
import { type Block, blocks, throughBlocks } from './block.ts';
import { inverseRootByEigenvalues, inverseRootByNewton } from './inverseRoot.ts';
import { movingAverage } from './movingAverage.ts';
import type { Optimizer } from './optimizer.ts';
import { decayOptions, momentumOf, momentumOptions, preconditionedDescent } from './preconditionedDescent.ts';
import type { PreconditionerFactory } from './preconditioner.ts';

const Options = z
  .strictObject({
    /** Coefficient of the factors' moving average; 1 sums them up, as in the source. */
    beta2: z.number().min(0).max(1).default(1),
    epsilon: z.number().min(0).default(1e-3),
    /** Whether eps is in units of the largest eigenvalue of each factor, as in Anil et al., or as it stands. */
    relativeEpsilon: z.boolean().default(false),
    /** Steps from one computation of the inverse roots to the next; the factors take in every gradient. */
    updateInterval: z.int().min(1).default(1),
    /** By eigenvalues in float64 on one thread of the processor, or by Newton's iteration on the backend. */
    inverseRoot: z.enum(['eigenvalues', 'newton']).default('eigenvalues'),
    /** Whether Newton's iteration ends where its error grows; without, that can go on without bound. */
    guarded: z.boolean().default(true),
    /** `bfloat16` rounds what is kept: factors and inverse roots. */
    precision,
    /** `bfloat16` rounds every product of Newton's iteration too. */
    rootPrecision: precision,
    /** Whether a weight and its bias form one matrix. */
    joint: z.boolean().default(false),
    ...momentumOptions,
    ...decayOptions,
  })
  .refine(({ inverseRoot, rootPrecision }) => inverseRoot === 'newton' || rootPrecision === 'float32', {
    path: ['rootPrecision'],
    error: "expected float32, or inverseRoot 'newton': eigenvalues are computed in float64",
  });

export type ShampooOptions = z.input<typeof Options>;

/**
 * Shampoo: for each axis n of a parameter with N of them, L_n <- L_n + g_(n) g_(n)^T (beta2 = 1), or
 * beta2 L_n + (1 - beta2) g_(n) g_(n)^T, L_n = 0 at first, g_(n) the gradient unfolded along the axis;
 * u = g with (L_n + eps I)^{-1/(2N)} multiplied onto every axis: -1/4 for both sides of a matrix, -1/2 for a
 * vector; v <- beta v + u; w <- w - lr v. No bias correction, no grafting.
 * Source: Gupta, Koren, Singer 2018 (arXiv 1802.09568), algorithm 1; intervals: Anil et al. 2020 (arXiv 2002.09018).
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function shampoo(options: ShampooOptions = {}): Optimizer {
  const chosen = checked('shampoo', Options, options);
  const { weightDecay, decay } = chosen;
  return preconditionedDescent({
    name: 'Shampoo',
    description: { optimizer: 'shampoo', ...chosen },
    momentum: momentumOf(chosen),
    weightDecay,
    decay,
    preconditioner: inverseRoots(chosen),
  });
}

function inverseRoots(options: z.output<typeof Options>): PreconditionerFactory {
  const { beta2, epsilon, updateInterval, rootPrecision } = options;
  const rounded = rounding(options.precision);
  return (run, state) => {
    const all = blocks(run.parameters, options.joint);
    const axes = all.flatMap((block) => block.sizes.map((size, axis) => ({ block, axis, size })));
    for (const { block, axis, size } of axes) {
      state.put(`L${axis}/${block.name}`, tf.zeros([size, size]));
      state.put(`root${axis}/${block.name}`, tf.eye(size));
    }
    const take = (block: Block, gradients: readonly tf.Tensor[]) => {
      const factors = tf.tidy(() => {
        const gradient = block.gather(gradients);
        return block.sizes.map((_, axis) => {
          const kept = state.matrix(`L${axis}/${block.name}`);
          const gram = rounded(tf.matMul(gradient, gradient, axis === 1, axis === 0));
          return rounded(beta2 === 1 ? tf.add(kept, gram) : movingAverage(kept, gram, beta2));
        });
      });
      factors.forEach((factor, axis) => {
        state.put(`L${axis}/${block.name}`, factor);
      });
    };
    const refresh = ({ block, axis }: (typeof axes)[number]): Eventual<undefined> => {
      const name = `${axis}/${block.name}`;
      const factor = state.matrix(`L${name}`);
      const p = 2 * block.sizes.length;
      const damping = { epsilon, relative: options.relativeEpsilon };
      const root =
        options.inverseRoot === 'newton'
          ? inverseRootByNewton(factor, damping, p, rootPrecision, options.guarded)
          : inverseRootByEigenvalues(factor, damping, p);
      return whenReady(root, (exact) => {
        const kept = rounded(exact);
        state.put(`root${name}`, kept);
        if (kept !== exact) exact.dispose();
        return undefined;
      });
    };
    return {
      definedAtStart: false,
      absorb(gradients, step) {
        for (const block of all) take(block, gradients);
        if ((step - 1) % updateInterval !== 0) return undefined;
        return axes.reduce<Eventual<undefined>>((before, axis) => whenReady(before, () => refresh(axis)), undefined);
      },
      apply: (directions) =>
        throughBlocks(all, directions, ({ name, sizes }, direction) => {
          const left: tf.Tensor2D = tf.matMul(state.matrix(`root0/${name}`), direction);
          return sizes.length === 1 ? left : tf.matMul(left, state.matrix(`root1/${name}`));
        }),
    };
  };
}
