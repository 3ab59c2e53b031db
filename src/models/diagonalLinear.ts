import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { TensorScope } from '../tensorScope.ts';
import { checked } from '../validation.ts';
import type { Layer, LayerTrace, Sensitivity } from './layer.ts';
import type { Model } from './model.ts';

const Options = z.strictObject({
  /** alpha, the norm of all parameters at initialisation: u = v = alpha / sqrt(2 d) in every coordinate. */
  alpha: z.number().positive().default(64),
  /** L in w = u^L - v^L. */
  depth: z.int().min(2).default(2),
});

export type DiagonalLinearOptions = z.input<typeof Options>;

/**
 * Diagonal linear network, f(x) = x . w with w = u^L - v^L elementwise: a linear model whose gradient flow prefers small
 * L2 norms from a large initialisation and, with weight decay, small L1 norms (L = 2) in the end. It starts at w = 0
 * exactly, whatever the seed.
 * Source: Woodworth et al. 2020 (arXiv 2002.09277), section 4; Lyu et al. 2024 (arXiv 2311.18817), section 3.
 * @throws {RangeError} naming the option, its value and what was expected; when it is built for several outputs.
 */
export function diagonalLinear(options: DiagonalLinearOptions = {}): Model {
  const { alpha, depth } = checked('diagonalLinear', Options, options);
  return {
    name: `diagonal-alpha${alpha}`,
    description: { model: 'diagonalLinear', alpha, depth },
    build(inputs, outputs) {
      if (outputs !== 1) throw new RangeError(`diagonalLinear: a task of ${outputs} outputs: expected one output`);
      return { layers: [diagonalLayer(inputs, alpha, depth)] };
    },
  };
}

function diagonalLayer(inputs: number, alpha: number, depth: number): Layer {
  const initialise = () => new Float32Array(inputs).fill(alpha / Math.sqrt(2 * inputs));
  return {
    inputs,
    outputs: 1,
    parameters: [
      { name: 'u1', shape: [inputs, 1], initialise },
      { name: 'v1', shape: [inputs, 1], initialise },
    ],
    forward: ([u, v], input, scope) => new DiagonalTrace(u as tf.Tensor2D, v as tf.Tensor2D, input, depth, scope),
  };
}

class DiagonalTrace implements LayerTrace {
  readonly input: tf.Tensor2D;
  readonly output: tf.Tensor2D;
  readonly #u: tf.Tensor2D;
  readonly #v: tf.Tensor2D;
  readonly #depth: number;
  /** w, `[d, 1]`. */
  readonly #weights: tf.Tensor2D;

  constructor(u: tf.Tensor2D, v: tf.Tensor2D, input: tf.Tensor2D, depth: number, scope: TensorScope) {
    this.input = input;
    this.#u = u;
    this.#v = v;
    this.#depth = depth;
    this.#weights = scope.own((): tf.Tensor2D => tf.sub(power(u, depth), power(v, depth)));
    this.output = scope.own((): tf.Tensor2D => tf.matMul(input, this.#weights));
  }

  slope(): null {
    return null;
  }

  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => tf.matMul(sensitivity, this.#weights, false, true));
  }

  inputOfOutputs(): tf.Tensor2D {
    return tf.tidy(() => tf.reshape(this.#weights, [1, -1]));
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    return tf.tidy(() => {
      const terms: tf.Tensor2D[] = [];
      if (input !== null) terms.push(tf.matMul(input, this.#weights));
      if (parameters !== null) {
        const [du, dv] = parameters as readonly tf.Tensor2D[];
        const change: tf.Tensor2D = tf.sub(
          tf.mul(slope(this.#u, this.#depth), du!),
          tf.mul(slope(this.#v, this.#depth), dv!),
        );
        terms.push(tf.matMul(this.input, change));
      }
      return terms.length === 0 ? tf.zerosLike(this.output) : tf.addN(terms);
    });
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    return tf.tidy(() => {
      const rows: tf.Tensor2D = weights === undefined ? sensitivity : tf.mul(sensitivity, weights);
      // X^T s with s as the one row of the left factor: both factors are read as they lie.
      const ofWeights = tf.mul(
        this.#depth,
        tf.reshape(tf.matMul(tf.reshape(rows, [1, -1]) as tf.Tensor2D, this.input), [-1, 1]),
      );
      return [
        tf.mul(ofWeights, power(this.#u, this.#depth - 1)),
        tf.mul(ofWeights, tf.neg(power(this.#v, this.#depth - 1))),
      ];
    });
  }

  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    return tf.tidy(() => {
      const rows: tf.Tensor2D = tf.mul(this.input, sensitivity);
      const ofParameter = (parameter: tf.Tensor2D): tf.Tensor2D =>
        tf.mul(rows, tf.reshape(slope(parameter, this.#depth), [1, -1]));
      return [ofParameter(this.#u), tf.neg(ofParameter(this.#v))];
    });
  }

  /** X diag(L^2 (u^(2L-2) + v^(2L-2))) X^T, times the Gram of the sensitivities. */
  kernel(sensitivity: Sensitivity): tf.Tensor2D {
    return tf.tidy(() => {
      const squares = tf.add(tf.square(slope(this.#u, this.#depth)), tf.square(slope(this.#v, this.#depth)));
      const seen: tf.Tensor2D = tf.matMul(tf.mul(this.input, tf.reshape(squares, [1, -1])), this.input, false, true);
      return sensitivity === null ? seen : tf.mul(seen, tf.matMul(sensitivity, sensitivity, false, true));
    });
  }

  outputSummedKernel(sensitivity: Sensitivity): tf.Tensor2D {
    return this.kernel(sensitivity);
  }
}

function power(parameter: tf.Tensor2D, exponent: number): tf.Tensor2D {
  if (exponent === 1) return parameter;
  return exponent === 2 ? tf.square(parameter) : tf.pow(parameter, exponent);
}

/** d(p^L) / dp */
function slope(parameter: tf.Tensor2D, depth: number): tf.Tensor2D {
  return tf.mul(depth, power(parameter, depth - 1));
}
