import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { TensorScope } from '../tensorScope.ts';
import { checked } from '../validation.ts';
import type { Layer, LayerTrace, Sensitivity } from './layer.ts';
import type { Model } from './model.ts';

const Options = z.strictObject({
  /** d: the matrix is d x d. */
  size: z.int().min(2),
  /** alpha: U = V = alpha times the identity at initialisation, so that the matrix is 0. */
  alpha: z.number().positive().default(10),
});

export type MatrixFactorizationOptions = z.input<typeof Options>;

/**
 * A symmetric matrix as M = U U^T - V V^T with square factors. A sample is a pair of indices (i, j), its output M[i][j].
 * From a large initialisation gradient flow finds the interpolant of least Frobenius norm; weight decay then leads to the
 * least nuclear norm, the least |U|^2 + |V|^2 there is.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.
 * @throws {RangeError} naming the option, its value and what was expected; when the task is not one of index pairs.
 */
export function matrixFactorization(options: MatrixFactorizationOptions): Model {
  const { size, alpha } = checked('matrixFactorization', Options, options);
  return {
    name: `factorization-alpha${alpha}`,
    description: { model: 'matrixFactorization', size, alpha },
    build(inputs, outputs) {
      if (inputs !== 2 || outputs !== 1) {
        throw new RangeError(
          `matrixFactorization: a task of ${inputs} inputs and ${outputs} outputs: expected pairs of indices and one output`,
        );
      }
      return { layers: [factorizationLayer(size, alpha)] };
    },
  };
}

function factorizationLayer(size: number, alpha: number): Layer {
  const initialise = () => {
    const values = new Float32Array(size * size);
    for (let i = 0; i < size; i++) values[i * size + i] = alpha;
    return values;
  };
  return {
    inputs: 2,
    outputs: 1,
    indices: size,
    parameters: [
      { name: 'U1', shape: [size, size], initialise },
      { name: 'V1', shape: [size, size], initialise },
    ],
    forward: ([u, v], input, scope) => new FactorizationTrace(u as tf.Tensor2D, v as tf.Tensor2D, input, scope),
  };
}

class FactorizationTrace implements LayerTrace {
  readonly input: tf.Tensor2D;
  readonly output: tf.Tensor2D;
  readonly #u: tf.Tensor2D;
  readonly #v: tf.Tensor2D;
  readonly #size: number;
  /** i d + j of each sample. */
  readonly #entries: tf.Tensor1D;

  constructor(u: tf.Tensor2D, v: tf.Tensor2D, input: tf.Tensor2D, scope: TensorScope) {
    const [size] = u.shape;
    this.input = input;
    this.#u = u;
    this.#v = v;
    this.#size = size;
    this.#entries = scope.own(() =>
      tf.cast(tf.reshape(tf.matMul(input, tf.tensor2d([size, 1], [2, 1])), [-1]) as tf.Tensor1D, 'int32'),
    );
    this.output = scope.own(() => this.#at(tf.sub(product(u, u), product(v, v))));
  }

  /** The samples' entries of a matrix, `[n, 1]`. Runs inside a tidy. */
  #at(matrix: tf.Tensor2D): tf.Tensor2D {
    return tf.reshape(tf.gather(tf.reshape(matrix, [-1]), this.#entries), [-1, 1]);
  }

  slope(): null {
    return null;
  }

  /** @throws {TypeError} always: indices are whole numbers. */
  toInput(): never {
    throw new TypeError('matrixFactorization: its inputs are indices, so it has no derivative in them');
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    if (input !== null) this.toInput();
    return tf.tidy(() => {
      if (parameters === null) return tf.zerosLike(this.output);
      const [du, dv] = parameters as readonly tf.Tensor2D[];
      const half: tf.Tensor2D = tf.sub(product(du!, this.#u), product(dv!, this.#v));
      return this.#at(tf.add(half, tf.transpose(half)));
    });
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    return tf.tidy(() => {
      const rows: tf.Tensor2D = weights === undefined ? sensitivity : tf.mul(sensitivity, weights);
      const entries = tf.reshape(this.#entries, [-1, 1]) as tf.Tensor2D;
      const scattered = tf.scatterND(entries, tf.reshape(rows, [-1]) as tf.Tensor1D, [this.#size ** 2]);
      const matrix = tf.reshape(scattered, [this.#size, this.#size]) as tf.Tensor2D;
      const symmetric: tf.Tensor2D = tf.add(matrix, tf.transpose(matrix));
      return [tf.matMul(symmetric, this.#u), tf.neg(tf.matMul(symmetric, this.#v))];
    });
  }

  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    return tf.tidy(() => {
      const { rows, columns } = this.#indicators();
      const size = this.#size;
      const ofFactor = (factor: tf.Tensor2D): tf.Tensor2D => {
        const outer = (at: tf.Tensor2D, other: tf.Tensor2D) =>
          tf.mul(tf.reshape(at, [-1, size, 1]), tf.reshape(tf.matMul(other, factor), [-1, 1, size]));
        const both = tf.add(outer(rows, columns), outer(columns, rows));
        return tf.mul(tf.reshape(both, [-1, size * size]) as tf.Tensor2D, sensitivity);
      };
      return [ofFactor(this.#u), tf.neg(ofFactor(this.#v))];
    });
  }

  /**
   * With G = U U^T + V V^T: K[(i j), (k l)] = [i=k] G[j][l] + [i=l] G[j][k] + [j=k] G[i][l] + [j=l] G[i][k], times the
   * Gram of the sensitivities.
   */
  kernel(sensitivity: Sensitivity): tf.Tensor2D {
    return tf.tidy(() => {
      const { rows, columns } = this.#indicators();
      const gram: tf.Tensor2D = tf.add(product(this.#u, this.#u), product(this.#v, this.#v));
      const term = (a: tf.Tensor2D, b: tf.Tensor2D, c: tf.Tensor2D, d: tf.Tensor2D): tf.Tensor2D =>
        tf.mul(product(a, b), product(tf.matMul(c, gram), d));
      const seen = tf.addN([
        term(rows, rows, columns, columns),
        term(rows, columns, columns, rows),
        term(columns, rows, rows, columns),
        term(columns, columns, rows, rows),
      ]);
      return sensitivity === null ? seen : tf.mul(seen, product(sensitivity, sensitivity));
    });
  }

  outputSummedKernel(sensitivity: Sensitivity): tf.Tensor2D {
    return this.kernel(sensitivity);
  }

  /** One-hot rows of the samples' row and column numbers, `[n, d]` each. Runs inside a tidy. */
  #indicators(): { readonly rows: tf.Tensor2D; readonly columns: tf.Tensor2D } {
    const [rows, columns] = tf.unstack(tf.cast(this.input, 'int32'), 1) as tf.Tensor1D[];
    const oneHot = (numbers: tf.Tensor1D) => tf.cast(tf.oneHot(numbers, this.#size), 'float32') as tf.Tensor2D;
    return { rows: oneHot(rows!), columns: oneHot(columns!) };
  }
}

/** a b^T */
function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(a, b, false, true);
}
