import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { lossAt, lossGradients } from './lossGradients.ts';
import type { WorkingLens } from './workingLens.ts';

/** A direction over all parameters, as tensors in their order. */
type Direction = readonly tf.Tensor[];

/**
 * Rise of the loss a step of length rho along its gradient, L(w + rho g / |g|) - L(w): 0 where there is no gradient.
 * Source: Foret et al. 2021 (arXiv 2010.01412), equation 2.
 */
export function sharpness(lens: WorkingLens, rho: number): Eventual<number> {
  return lens.once(`sharpness ${rho}`, () =>
    whenBoth(lens.loss(), lossGradients(lens), (loss, gradient) => {
      const displacement = tf.tidy(() => scaledTo(gradient, rho));
      return whenReady(lossBeside(lens, displacement, false), (there) => {
        tf.dispose(displacement as tf.Tensor[]);
        return there.loss - loss;
      });
    }),
  );
}

/**
 * Largest rise of the loss found within rho of the parameters by projected gradient ascent: `steps` steps of length
 * 2 rho / steps, normalised, each brought back onto the ball, from where {@link sharpness} looks. A lower bound of the
 * true maximum.
 * Source: Li et al. 2024 (arXiv 2403.12350), who measure sharpness so; the ascent is that of Madry et al. 2018 (arXiv
 * 1706.06083) in the 2-norm.
 */
export function worstRiseEstimate(lens: WorkingLens, rho: number, steps: number): Eventual<number> {
  return lens.once(`worstRise ${rho} ${steps}`, () =>
    whenBoth(lens.loss(), lossGradients(lens), (loss, gradient) => {
      let highest = loss;
      const climb = (displacement: Direction, step: number): Eventual<number> =>
        whenReady(lossBeside(lens, displacement, step < steps), (there) => {
          highest = Math.max(highest, there.loss);
          const next = there.gradient && ascended(displacement, there.gradient, (2 * rho) / steps, rho);
          tf.dispose([...displacement, ...(there.gradient ?? [])]);
          return next === null ? highest - loss : climb(next, step + 1);
        });
      return climb(
        tf.tidy(() => scaledTo(gradient, rho)),
        0,
      );
    }),
  );
}

/** The loss, and where asked its gradient, at w + displacement. */
function lossBeside(lens: WorkingLens, displacement: Direction, withGradient: boolean): ReturnType<typeof lossAt> {
  const moved = tf.tidy(() => {
    let next = 0;
    return lens.parameters.map((layer) =>
      layer.map((parameter): tf.Tensor => tf.add(parameter, displacement[next++]!)),
    );
  });
  return whenReady(lossAt(lens, moved, withGradient), (found) => {
    tf.dispose(moved);
    return found;
  });
}

/** A step of the given length along the gradient, and back onto the ball of that radius. */
function ascended(displacement: Direction, gradient: Direction, length: number, radius: number): tf.Tensor[] {
  return tf.tidy(() => {
    const step = scaledTo(gradient, length);
    const sum = displacement.map((tensor, index): tf.Tensor => tf.add(tensor, step[index]!));
    const factor = tf.minimum(1, tf.div(radius, lengthOf(sum)));
    return sum.map((tensor) => tf.mul(tensor, factor));
  });
}

/** Runs inside a tidy. */
function scaledTo(direction: Direction, length: number): tf.Tensor[] {
  const factor = tf.div(length, lengthOf(direction));
  return direction.map((tensor) => tf.mul(tensor, factor));
}

/** Over all tensors together; above 0, so that nothing is divided by it in vain. */
function lengthOf(direction: Direction): tf.Tensor {
  return tf.maximum(tf.sqrt(tf.addN(direction.map((tensor) => tf.sum(tf.square(tensor))))), 1e-30);
}
