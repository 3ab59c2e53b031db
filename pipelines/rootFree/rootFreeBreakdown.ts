import * as tf from '@tensorflow/tfjs-core';
import { symmetricEigen } from '../../src/linalg/symmetricEigen.ts';
import { bfloat16, type Precision } from '../../src/optimizers/bfloat16.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import { inverseRootByNewton } from '../../src/optimizers/inverseRoot.ts';
import { movingAverage } from '../../src/optimizers/movingAverage.ts';
import type { OptimizerState } from '../../src/optimizers/optimizer.ts';
import { read } from '../../src/probes/read.ts';

/** eps over lambda_max for the inverse roots, lambda for inverse-free Shampoo. */
export const dampings = [1e-2, 1e-3, 1e-4, 1e-6, 1e-8, 0] as const;

/** Columns of the table: what is computed, and in which precision. */
export const breakdownMethods = {
  newtonBfloat16: 'inverse root by Newton in bfloat16',
  guardedBfloat16: 'the same, stopped where its error grows',
  storedBfloat16: 'bfloat16 factor, its root by eigenvalues in float64',
  newtonFloat32: 'inverse root by Newton in float32',
  inverseFree: 'inverse-free Shampoo in bfloat16',
} as const;

export type BreakdownMethod = keyof typeof breakdownMethods;

export interface Breakdown {
  /** Gradients that the factors were made of. */
  readonly gradients: number;
  /** Rows of a gradient: the order of the factor. */
  readonly order: number;
  /** Of the factor in float64. */
  readonly lambdaMax: number;
  /** Eigenvalues of the factor kept in bfloat16 that are below 0, where a Gram matrix has none. */
  readonly negativeEigenvalues: number;
  /** Relative errors of the preconditioned gradient, by method and damping. */
  readonly errors: { readonly [method in BreakdownMethod]: { readonly [damping: string]: number } };
}

/** Of the average of Gram matrices. */
const BETA = 0.95;
/**
 * Of the factors of inverse-free Shampoo: large enough for 200 gradients to move them where they belong. At the .02 to
 * .08 that trainings like best they are on their way, and bfloat16 loses the steps that are under half its last digit.
 */
const FACTOR_RATE = 0.2;

/**
 * What low precision does to preconditioning with real gradients: the relative error |u - v| / |v| of the last of them,
 * where v is (L + eps I)^{-1/4} g in float64, L the moving average (beta .95) of g g^T, and u the same from a factor
 * kept or computed otherwise; for inverse-free Shampoo u is K K^T g C C^T in bfloat16, v the same in float32.
 * The calling thread is given back between two methods.
 * Source: Lin et al. 2024 (arXiv 2402.03496), section 4, on Shampoo in half precision.
 * @param gradients `rows * columns` numbers each, row-major, in their order
 * @param batchSize images in the average that a gradient is
 */
export async function precisionBreakdown(
  gradients: readonly Float32Array[],
  [rows, columns]: readonly [number, number],
  batchSize: number,
): Promise<Breakdown> {
  const last = gradients.at(-1)!;
  const eigen = symmetricEigen(averagedGram(gradients, rows, columns), rows);
  const lambdaMax = eigen.values[0]!;
  const stored = {
    float32: storedGram(gradients, [rows, columns], 'float32'),
    bfloat16: storedGram(gradients, [rows, columns], 'bfloat16'),
  };
  const direction = tf.tensor2d(last, [rows, columns]);
  const errors: Record<BreakdownMethod, Record<string, number>> = {
    newtonBfloat16: {},
    guardedBfloat16: {},
    storedBfloat16: {},
    newtonFloat32: {},
    inverseFree: {},
  };
  const through = async (root: tf.Tensor2D) => {
    const product = tf.matMul(root, direction);
    const numbers = await read(product);
    tf.dispose([root, product]);
    return numbers;
  };
  try {
    const kept = symmetricEigen(Float64Array.from(await read(stored.bfloat16)), rows);
    const negativeEigenvalues = kept.values.filter((value) => value < 0).length;
    for (const damping of dampings) {
      const key = dampingName(damping);
      const epsilon = damping * lambdaMax;
      const exact = exactDirection(eigen, epsilon, last, columns);
      errors.storedBfloat16[key] = relativeError(exactDirection(kept, epsilon, last, columns), exact);
      const roots: [BreakdownMethod, tf.Tensor2D][] = [
        ['newtonBfloat16', await inverseRootByNewton(stored.bfloat16, { epsilon }, 4, 'bfloat16', false)],
        ['guardedBfloat16', await inverseRootByNewton(stored.bfloat16, { epsilon }, 4, 'bfloat16')],
        ['newtonFloat32', await inverseRootByNewton(stored.float32, { epsilon }, 4, 'float32')],
      ];
      for (const [method, root] of roots) errors[method][key] = relativeError(await through(root), exact);
      await pause();
      const [low, full] = [
        await inverseFreeDirection(gradients, [rows, columns], batchSize, damping, 'bfloat16'),
        await inverseFreeDirection(gradients, [rows, columns], batchSize, damping, 'float32'),
      ];
      errors.inverseFree[key] = relativeError(low, full);
    }
    return { gradients: gradients.length, order: rows, lambdaMax, negativeEigenvalues, errors };
  } finally {
    tf.dispose([stored.float32, stored.bfloat16, direction]);
  }
}

/** `1e-2`, and `0`. */
export function dampingName(damping: number): string {
  return damping === 0 ? '0' : damping.toExponential(0);
}

function averagedGram(gradients: readonly Float32Array[], rows: number, columns: number): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (const gradient of gradients) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < columns; k++) sum += gradient[i * columns + k]! * gradient[j * columns + k]!;
        gram[i * rows + j] = BETA * gram[i * rows + j]! + (1 - BETA) * sum;
        gram[j * rows + i] = gram[i * rows + j]!;
      }
    }
  }
  return gram;
}

/** The same on the backend, each intermediate rounded as Shampoo rounds it. */
function storedGram(
  gradients: readonly Float32Array[],
  shape: readonly [number, number],
  precision: Precision,
): tf.Tensor2D {
  const rounded = precision === 'bfloat16' ? bfloat16 : (matrix: tf.Tensor2D) => matrix;
  let gram: tf.Tensor2D = tf.zeros([shape[0], shape[0]]);
  for (const numbers of gradients) {
    const next = tf.tidy(() => {
      const gradient = tf.tensor2d(numbers, [...shape]);
      return rounded(movingAverage(gram, rounded(tf.matMul(gradient, gradient, false, true)), BETA));
    });
    gram.dispose();
    gram = next;
  }
  return gram;
}

/** (L + eps I)^{-1/4} g in float64; without damping only along the eigenvectors that have a positive eigenvalue. */
function exactDirection(
  { values, vectors }: { readonly values: Float64Array; readonly vectors: Float64Array },
  epsilon: number,
  gradient: Float32Array,
  columns: number,
): Float64Array {
  const order = values.length;
  const result = new Float64Array(order * columns);
  for (let k = 0; k < order; k++) {
    const damped = Math.max(values[k]!, 0) + epsilon;
    const weight = damped > 0 ? damped ** -0.25 : 0;
    for (let c = 0; c < columns; c++) {
      let along = 0;
      for (let i = 0; i < order; i++) along += vectors[k * order + i]! * gradient[i * columns + c]!;
      for (let i = 0; i < order; i++) result[i * columns + c]! += weight * along * vectors[k * order + i]!;
    }
  }
  return result;
}

/** What inverse-free Shampoo makes of the last gradient after it has seen them all. */
async function inverseFreeDirection(
  gradients: readonly Float32Array[],
  shape: readonly [number, number],
  batchSize: number,
  damping: number,
  precision: Precision,
): Promise<Float32Array> {
  const optimizer = inverseFreeShampoo({ factorRate: FACTOR_RATE, damping, precision, momentum: 0 });
  const state: OptimizerState = optimizer.start({ parameters: [{ name: 'W', shape, group: 0 }], batchSize });
  const parameter = tf.zeros([...shape]);
  try {
    for (const [index, numbers] of gradients.entries()) {
      const gradient = tf.tensor2d(numbers, [...shape]);
      const updated = await state.update({
        parameters: [parameter],
        gradients: [gradient],
        learningRate: 0,
        gradientsAt: () => {
          throw new Error('inverse-free Shampoo looks at no other gradients');
        },
      });
      tf.dispose([gradient, updated]);
      if (index % 20 === 19) await pause();
    }
    const last = tf.tensor2d(gradients.at(-1)!, [...shape]);
    const [direction] = state.precondition([last])!;
    const numbers = await read(direction!);
    tf.dispose([last, direction!]);
    return numbers;
  } finally {
    parameter.dispose();
    state.dispose();
  }
}

function relativeError(found: ArrayLike<number>, exact: ArrayLike<number>): number {
  let [error, size] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    error += (found[i]! - exact[i]!) ** 2;
    size += exact[i]! ** 2;
  }
  return Math.sqrt(error / size);
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
