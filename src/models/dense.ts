import * as tf from '@tensorflow/tfjs-core';
import { normalArray } from '../randomness.ts';
import type { TensorScope } from '../tensorScope.ts';
import { Activated, type ActivationName } from './activation.ts';
import type { GradientFactors, Layer, LayerTrace, ParameterDescription, Sensitivity } from './layer.ts';

export interface DenseOptions {
  /** The layer's number, from 1: part of its parameters' names. */
  readonly index: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: ActivationName;
  /** The factor s in z = s h W + b: 1 / sqrt(fan_in) in the NTK parameterisation, else 1. */
  readonly scale: number;
  readonly bias: boolean;
  /** Standard deviation of the initial weights; biases start at 0. */
  readonly deviation: number;
}

/** Dense layer: output = phi(s h W + b), W of shape `[in, out]`. */
export function dense(options: DenseOptions): Layer {
  const { index, inputs, outputs, activation, scale, bias, deviation } = options;
  const weights: ParameterDescription = {
    name: `W${index}`,
    shape: [inputs, outputs],
    initialise: (stream) => normalArray(stream, inputs * outputs, deviation),
  };
  const biases: ParameterDescription = {
    name: `b${index}`,
    shape: [outputs],
    initialise: () => new Float32Array(outputs),
  };
  return {
    inputs,
    outputs,
    parameters: bias ? [weights, biases] : [weights],
    forward: ([w, b], input, scope) => new DenseTrace(w as tf.Tensor2D, b, input, scale, activation, scope),
  };
}

class DenseTrace implements LayerTrace {
  readonly input: tf.Tensor2D;
  readonly #weights: tf.Tensor2D;
  readonly #scale: number;
  readonly #bias: boolean;
  readonly #activated: Activated;
  /** s h where that was the cheaper thing to scale; null where the weights were scaled instead. */
  readonly #scaledInput: tf.Tensor2D | null;
  /** s W where that was. */
  readonly #scaledWeights: tf.Tensor2D | null;

  constructor(
    weights: tf.Tensor2D,
    biases: tf.Tensor | undefined,
    input: tf.Tensor2D,
    scale: number,
    activation: ActivationName,
    scope: TensorScope,
  ) {
    this.input = input;
    this.#weights = weights;
    this.#scale = scale;
    this.#bias = biases !== undefined;
    // Scaling n x out results would cost more than scaling the smaller factor.
    this.#scaledInput =
      scale === 1
        ? input
        : input.shape[0] <= weights.shape[1]
          ? scope.own((): tf.Tensor2D => tf.mul(input, scale))
          : null;
    this.#scaledWeights = this.#scaledInput === null ? scope.own((): tf.Tensor2D => tf.mul(weights, scale)) : null;
    const preactivation = (): tf.Tensor2D => {
      const product: tf.Tensor2D = tf.matMul(this.#scaledInput ?? input, this.#scaledWeights ?? weights);
      return biases === undefined ? product : (tf.add(product, biases) as tf.Tensor2D);
    };
    this.#activated = new Activated(activation, scope, preactivation);
  }

  get output(): tf.Tensor2D {
    return this.#activated.output;
  }

  slope(): tf.Tensor2D | null {
    return this.#activated.slope();
  }

  toPreactivation(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => this.#activated.toPreactivation(sensitivity));
  }

  toInput(sensitivity: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      if (this.#scaledWeights !== null) return tf.matMul(sensitivity, this.#scaledWeights, false, true);
      return scaled(tf.matMul(sensitivity, this.#weights, false, true), this.#scale);
    });
  }

  inputOfOutputs(): tf.Tensor2D {
    return tf.tidy(() => scaled(tf.transpose(this.#weights), this.#scale));
  }

  pushForward(parameters: readonly tf.Tensor[] | null, input: tf.Tensor2D | null): tf.Tensor2D {
    return tf.tidy(() => {
      const terms: tf.Tensor2D[] = [];
      if (input !== null && this.#scaledWeights !== null) terms.push(tf.matMul(input, this.#scaledWeights));
      else if (input !== null) terms.push(scaled(tf.matMul(input, this.#weights), this.#scale));
      if (parameters !== null) {
        const seen = this.#scaledInput ?? this.input;
        const change: tf.Tensor2D = tf.matMul(seen, parameters[0] as tf.Tensor2D);
        terms.push(scaled(change, this.#scaledInput === null ? this.#scale : 1));
        if (this.#bias) return tf.add(tf.addN(terms), parameters[1]!) as tf.Tensor2D;
      }
      return terms.length === 0 ? tf.zerosLike(this.output) : tf.addN(terms);
    });
  }

  /** The layerwise identity: (Gram of the input, + 1 with a bias) o (Gram of the sensitivities). */
  kernel(sensitivity: Sensitivity, outputs: number, inputGram?: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const seen = this.#seenGram(inputGram);
      if (outputs === 1) return sensitivity === null ? seen : tf.mul(seen, gram(sensitivity));
      const size = this.input.shape[0];
      const ofOutputs =
        sensitivity === null
          ? tf.reshape(tf.eye(outputs), [1, outputs, 1, outputs])
          : tf.reshape(gram(sensitivity), [size, outputs, size, outputs]);
      const product = tf.mul(tf.reshape(seen, [size, 1, size, 1]), ofOutputs);
      return tf.reshape(product, [size * outputs, size * outputs]);
    });
  }

  outputSummedKernel(sensitivity: Sensitivity, outputs: number, inputGram?: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const seen = this.#seenGram(inputGram);
      if (sensitivity === null) return tf.mul(seen, outputs);
      const [rows, width] = sensitivity.shape;
      return tf.mul(seen, gram(tf.reshape(sensitivity, [rows / outputs, outputs * width])));
    });
  }

  /** Gram of what the parameters see, `[n, n]`. Runs inside a tidy. */
  #seenGram(known: tf.Tensor2D | undefined): tf.Tensor2D {
    const plain = known !== undefined || this.#scaledInput === null;
    const ofInput = known ?? gram(this.#scaledInput ?? this.input);
    const weighted = scaled(ofInput, plain ? this.#scale ** 2 : 1);
    return this.#bias ? (tf.add(weighted, 1) as tf.Tensor2D) : weighted;
  }

  rowGradients(sensitivity: tf.Tensor2D): tf.Tensor2D[] {
    return tf.tidy(() => {
      const [rows, width] = sensitivity.shape;
      const [size, inputs] = this.input.shape;
      const seen = tf.reshape(this.#scaledInput ?? this.input, [size, 1, inputs, 1]);
      const product = tf.mul(seen, tf.reshape(sensitivity, [size, rows / size, 1, width]));
      const kernel = scaled(
        tf.reshape(product, [rows, inputs * width]) as tf.Tensor2D,
        this.#scaledInput === null ? this.#scale : 1,
      );
      return this.#bias ? [kernel, tf.clone(sensitivity)] : [kernel];
    });
  }

  gradients(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): tf.Tensor[] {
    return tf.tidy(() => {
      const { left, right } = this.#sides(sensitivity, weights);
      const kernel = tf.matMul(left, right, true, false);
      if (!this.#bias) return [kernel];
      const ofBias =
        weights === undefined
          ? tf.sum(sensitivity, 0)
          : tf.reshape(tf.matMul(weights, sensitivity, true, false), [sensitivity.shape[1]]);
      return [kernel, ofBias];
    });
  }

  factors(sensitivity: tf.Tensor2D, weights?: tf.Tensor2D): (GradientFactors | null)[] {
    const kernel = tf.tidy(() => {
      const { left, right } = this.#sides(sensitivity, weights);
      return { left: tf.clone(left), right: tf.clone(right) };
    });
    return this.#bias ? [kernel, null] : [kernel];
  }

  /** The factors of the kernel's gradient, which may be what they are made from. Runs inside a tidy. */
  #sides(sensitivity: tf.Tensor2D, weights: tf.Tensor2D | undefined): GradientFactors {
    const seen = this.#scaledInput ?? this.input;
    // Weight the rows of the narrower factor.
    const weighInput = weights !== undefined && seen.shape[1]! < sensitivity.shape[1]!;
    const left: tf.Tensor2D = weighInput ? tf.mul(seen, weights) : seen;
    const right: tf.Tensor2D = weights !== undefined && !weighInput ? tf.mul(sensitivity, weights) : sensitivity;
    return { left, right: scaled(right, this.#scaledInput === null ? this.#scale : 1) };
  }
}

function scaled(tensor: tf.Tensor2D, factor: number): tf.Tensor2D {
  return factor === 1 ? tensor : tf.mul(tensor, factor);
}

function gram(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(rows, rows, false, true);
}
