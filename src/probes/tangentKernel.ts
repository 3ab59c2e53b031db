import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import type { SymmetricMatrix } from '../probe.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Empirical tangent kernel K[i c + o][j c + p] = sum over parameters of df_o(x_i) df_p(x_j), by the
 * layerwise identity: the sum over layers of (Gram of what the layer's weights see, + 1 with a bias) o
 * (Gram of the sensitivities). No Jacobian is formed; memory is O((n c)^2) beside the activations.
 *
 * Cost: two symmetric products a layer, n^2 (in + c^2 out) flops; the first layer's Gram is X X^T, which
 * full-batch training computes once.
 */
export function tangentKernel(lens: WorkingLens): Eventual<SymmetricMatrix> {
  const { size, outputs } = lens;
  const order = size * outputs;
  const kernel = lens.scope.own(() => {
    const terms = layerGrams(lens).map(({ seen, sensitivity }) => {
      if (outputs === 1) return sensitivity === null ? seen : tf.mul(seen, gram(sensitivity));
      const spread = tf.reshape(seen, [size, 1, size, 1]);
      const ofOutputs =
        sensitivity === null
          ? tf.reshape(tf.eye(outputs), [1, outputs, 1, outputs])
          : tf.reshape(gram(sensitivity), [size, outputs, size, outputs]);
      return tf.mul(spread, ofOutputs);
    });
    return total(terms);
  });
  return whenReady(read(kernel), (values) => ({ order, values }));
}

/** The tangent kernel summed over outputs, sum_o K[i c + o][j c + o], order n, without forming K. */
export function outputSummedTangentKernel(lens: WorkingLens): Eventual<SymmetricMatrix> {
  const { size, outputs } = lens;
  if (outputs === 1) return lens.tangentKernel();
  const kernel = lens.scope.own(() => {
    const terms = layerGrams(lens).map(({ seen, sensitivity }) =>
      sensitivity === null
        ? tf.mul(seen, outputs)
        : tf.mul(seen, gram(tf.reshape(sensitivity, [size, outputs * sensitivity.shape[1]]))),
    );
    return total(terms);
  });
  return whenReady(read(kernel), (values) => ({ order: size, values }));
}

interface LayerGrams {
  /** Gram of what the layer's parameters see, `[n, n]`. */
  readonly seen: tf.Tensor;
  /** `[n c, width]`; null for the last layer: the identity for each sample. */
  readonly sensitivity: tf.Tensor2D | null;
}

/** Runs inside a tidy. */
function layerGrams(lens: WorkingLens): LayerGrams[] {
  const found = lens.sensitivities();
  return lens.trace().layers.map((layer, index) => {
    const { gram: ofInput, factor, bias } = layer.inputGram(index === 0 ? lens.samples.inputGram() : undefined);
    const weighted = factor === 1 ? ofInput : tf.mul(ofInput, factor);
    return { seen: bias === 0 ? weighted : tf.add(weighted, bias), sensitivity: found[index] ?? null };
  });
}

function gram(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(rows, rows, false, true);
}

function total(terms: readonly tf.Tensor[]): tf.Tensor2D {
  return terms.reduce((sum, term) => tf.add(sum, term)) as tf.Tensor2D;
}
