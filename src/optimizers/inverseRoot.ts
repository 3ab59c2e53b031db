import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import { symmetricEigen } from '../linalg/symmetricEigen.ts';
import { read } from '../probes/read.ts';
import { type Precision, rounding } from './bfloat16.ts';

/** What is added to the eigenvalues before the root is taken. */
export interface Damping {
  readonly epsilon: number;
  /** Whether epsilon is in units of the largest eigenvalue. */
  readonly relative?: boolean;
}

/** A factor of nothing but zeros, of a layer that is dead, is damped as if it had this. */
const LEAST_EIGENVALUE = 1e-12;
/** Of the power iteration. */
const POWER_STEPS = 20;

/**
 * (A + eps I)^{-1/p} of a symmetric positive semidefinite matrix from its eigenvalues in float64, those that
 * rounding made negative taken as 0. Costs order^3 operations of one thread many times over, 0.15 s at order
 * 128 and 1.2 s at 256: above that, Newton.
 */
export function inverseRootByEigenvalues(
  matrix: tf.Tensor2D,
  { epsilon, relative = false }: Damping,
  p: number,
): Eventual<tf.Tensor2D> {
  const order = matrix.shape[0];
  return whenReady(read(matrix), (numbers) => {
    const { values, vectors } = symmetricEigen(Float64Array.from(numbers), order);
    const added = relative ? epsilon * Math.max(values[0]!, LEAST_EIGENVALUE) : epsilon;
    const weighted = new Float32Array(order * order);
    for (let k = 0; k < order; k++) {
      const weight = (Math.max(values[k]!, 0) + added) ** (-0.5 / p);
      for (let i = 0; i < order; i++) weighted[k * order + i] = weight * vectors[k * order + i]!;
    }
    return tf.tidy(() => {
      const factor = tf.tensor2d(weighted, [order, order]);
      return tf.matMul(factor, factor, true, false);
    });
  });
}

/**
 * (A + eps I)^{-1/p} by the coupled Newton iteration, matrix products only, each result rounded to `precision`:
 * M = z (A + eps I), H = z^{1/p} I with z = (1 + p) / (2 |A + eps I|_F); T = ((p + 1) I - M) / p, M <- T^p M,
 * H <- H T until M = I. It ends when the largest |M - I| is within rounding, when close to I it no longer
 * halves, when it grows, or after 100 iterations. In bfloat16 it is no inverse root once eps / lambda_max is under
 * about 1e-3, and unless it is guarded it then grows without bound.
 * @param guarded false: it goes on where the error grows
 * Source: Anil et al. 2020 (arXiv 2002.09018), appendix, after Guo and Higham 2006 (SIAM J. Matrix Anal. Appl. 28).
 */
export function inverseRootByNewton(
  matrix: tf.Tensor2D,
  { epsilon, relative = false }: Damping,
  p: number,
  precision: Precision,
  guarded = true,
): Eventual<tf.Tensor2D> {
  const rounded = rounding(precision);
  const order = matrix.shape[0];
  const tolerance = precision === 'bfloat16' ? 4e-3 : 1e-6;
  const identity = tf.eye(order);
  const damped = tf.tidy(() => {
    const added = relative ? tf.mul(epsilon, largestEigenvalue(matrix)) : epsilon;
    return rounded(tf.add(matrix, tf.mul(identity, added)));
  });
  const start = tf.tidy(() => {
    const z = tf.div((1 + p) / 2, tf.sqrt(tf.sum(tf.square(damped))));
    return {
      near: rounded(tf.mul(damped, z)),
      root: rounded(tf.mul(identity, tf.pow(z, 1 / p))),
    };
  });
  damped.dispose();

  const step = (now: typeof start): typeof start =>
    tf.tidy(() => {
      const factor = rounded(tf.mul(tf.sub(tf.mul(identity, p + 1), now.near), 1 / p));
      return {
        near: rounded(tf.matMul(rounded(power(factor, p, rounded)), now.near)),
        root: rounded(tf.matMul(now.root, factor)),
      };
    });
  const errorOf = (near: tf.Tensor2D): Eventual<number> => {
    const error = tf.tidy(() => tf.max(tf.abs(tf.sub(near, identity))));
    return whenReady(read(error), (numbers) => {
      error.dispose();
      return numbers[0]!;
    });
  };
  const iterate = (now: typeof start, before: number, count: number): Eventual<tf.Tensor2D> =>
    whenReady(errorOf(now.near), (error) => {
      const stalled = before < 0.1 && error > before / 2;
      const useful = !stalled && (!guarded || error <= 1.2 * before);
      if (error > tolerance && useful && count < 100) {
        const next = step(now);
        now.near.dispose();
        now.root.dispose();
        return iterate(next, error, count + 1);
      }
      now.near.dispose();
      identity.dispose();
      return now.root;
    });
  return iterate(start, Number.POSITIVE_INFINITY, 0);
}

/** A matrix to a power of 2, 4, ...: p = 2 or 4 here. */
function power(matrix: tf.Tensor2D, p: number, rounded: ReturnType<typeof rounding>): tf.Tensor2D {
  return p === 1 ? matrix : power(rounded(tf.matMul(matrix, matrix)), p / 2, rounded);
}

/** By power iteration, at least {@link LEAST_EIGENVALUE}. Runs inside a tidy. */
function largestEigenvalue(matrix: tf.Tensor2D): tf.Tensor {
  let vector: tf.Tensor2D = tf.ones([matrix.shape[0], 1]);
  let norm: tf.Tensor = tf.scalar(0);
  for (let step = 0; step < POWER_STEPS; step++) {
    const image: tf.Tensor2D = tf.matMul(matrix, vector);
    norm = tf.sqrt(tf.sum(tf.square(image)));
    vector = tf.div(image, tf.maximum(norm, 1e-30));
  }
  return tf.maximum(norm, LEAST_EIGENVALUE);
}
