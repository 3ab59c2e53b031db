import * as tf from '@tensorflow/tfjs-core';
import { outputSummedRowKernel, rowKernel } from './rowKernel.ts';
import { sumOneByOne } from './sumOneByOne.ts';

/**
 * One matrix applied at each of several positions of a sample: the tokens of a sequence, the patches of an image.
 * z[n, position, out] = seen[n, position, in] W + b.
 */
export interface SharedMap {
  /** What the matrix is applied to, with the layer's scale: `[n * positions, in]`. */
  readonly seen: tf.Tensor2D;
  readonly positions: number;
  readonly bias: boolean;
}

/** Numbers of the largest temporary tensor, 128 MiB: larger ones are made in pieces. */
const TEMPORARY = 2 ** 25;

/** Gradients of W and, with a bias, b a row of sensitivities `[n c, positions * out]`: `[n c, in * out]` and `[n c, out]`. Runs inside a tidy. */
export function sharedRowGradients(map: SharedMap, sensitivity: tf.Tensor2D): tf.Tensor2D[] {
  const { positions, bias } = map;
  const rows = sensitivity.shape[0];
  const out = sensitivity.shape[1] / positions;
  const ofWeights = weightRows(map, tf.reshape(sensitivity, [rows, positions, out]));
  return bias ? [ofWeights, biasRows(sensitivity, positions)] : [ofWeights];
}

/**
 * The term of the tangent kernel, `[n c, n c]`, from sensitivities `[n c, positions * out]`: the Gram of the row
 * gradients, or, where that is fewer multiplications, the Grams of what the positions see and of their sensitivities,
 * multiplied and summed over pairs of positions. Runs inside a tidy.
 */
export function sharedKernel(
  map: SharedMap,
  sensitivity: tf.Tensor2D,
  outputs: number,
  temporary = TEMPORARY,
): tf.Tensor2D {
  if (pairsAreCheaper(map, sensitivity, outputs)) {
    const samples = sensitivity.shape[0] / outputs;
    const ofOutputs = outputRows(map, sensitivity, outputs);
    const blocks = ofOutputs.map((one) =>
      tf.stack(
        ofOutputs.map((other) => pairKernel(map, one, other, temporary)),
        2,
      ),
    );
    return tf.reshape(tf.stack(blocks, 1), [samples * outputs, samples * outputs]);
  }
  return inPieces(map, sensitivity, temporary, rowKernel);
}

/** The same summed over outputs, `[n, n]`. Runs inside a tidy. */
export function outputSummedSharedKernel(
  map: SharedMap,
  sensitivity: tf.Tensor2D,
  outputs: number,
  temporary = TEMPORARY,
): tf.Tensor2D {
  if (pairsAreCheaper(map, sensitivity, outputs)) {
    return sumOneByOne(outputRows(map, sensitivity, outputs).map((one) => () => pairKernel(map, one, one, temporary)))!;
  }
  return inPieces(map, sensitivity, temporary, (rows) => outputSummedRowKernel(rows, outputs));
}

/** Multiplications by either route, with n samples. */
function pairsAreCheaper({ seen, positions }: SharedMap, sensitivity: tf.Tensor2D, outputs: number): boolean {
  const [rows, width] = sensitivity.shape;
  const samples = rows / outputs;
  const inputs = seen.shape[1];
  const out = width / positions;
  const byRows = rows * inputs * out * (positions + rows / 2);
  const byPairs = (samples * positions) ** 2 * (inputs + outputs ** 2 * (out + 2));
  return byPairs < byRows;
}

/** The kernel a slice of the outputs of W at a time where all row gradients together would be too large. */
function inPieces(
  map: SharedMap,
  sensitivity: tf.Tensor2D,
  temporary: number,
  kernelOf: (rows: readonly tf.Tensor2D[]) => tf.Tensor2D,
): tf.Tensor2D {
  const { seen, positions, bias } = map;
  const rows = sensitivity.shape[0];
  const out = sensitivity.shape[1] / positions;
  const sensitivities = tf.reshape(sensitivity, [rows * positions, out]) as tf.Tensor2D;
  const width = Math.max(1, Math.min(out, Math.floor(temporary / (rows * seen.shape[1]))));
  let kernel = bias ? kernelOf([biasRows(sensitivity, positions)]) : null;
  for (let from = 0; from < out; from += width) {
    const size = Math.min(width, out - from);
    const sum = kernel;
    // Its own tidy: one piece of row gradients at a time.
    kernel = tf.tidy(() => {
      const piece = size === out ? sensitivities : tf.slice(sensitivities, [0, from], [rows * positions, size]);
      const term = kernelOf([weightRows(map, tf.reshape(piece, [rows, positions, size]))]);
      return sum === null ? term : (tf.add(sum, term) as tf.Tensor2D);
    });
  }
  return kernel!;
}

/** Gradients of W for sensitivities `[n c, positions, out]`: `[n c, in * out]`. */
function weightRows({ seen, positions }: SharedMap, sensitivities: tf.Tensor3D): tf.Tensor2D {
  const [rows, , out] = sensitivities.shape;
  const inputs = seen.shape[1];
  const samples = seen.shape[0] / positions;
  const outputs = rows / samples;
  const ofSamples = tf.reshape(seen, [samples, positions, inputs]);
  const flat = tf.reshape(sensitivities, [samples, outputs * positions * out]) as tf.Tensor2D;
  const ofOutputs = Array.from({ length: outputs }, (_, output) => {
    const one = outputs === 1 ? flat : tf.slice(flat, [0, output * positions * out], [samples, positions * out]);
    const product = tf.matMul(ofSamples, tf.reshape(one, [samples, positions, out]), true, false);
    return tf.reshape(product, [samples, inputs * out]) as tf.Tensor2D;
  });
  return tf.reshape(outputs === 1 ? ofOutputs[0]! : tf.concat(ofOutputs, 1), [rows, inputs * out]);
}

function biasRows(sensitivity: tf.Tensor2D, positions: number): tf.Tensor2D {
  const [rows, width] = sensitivity.shape;
  return tf.sum(tf.reshape(sensitivity, [rows, positions, width / positions]), 1);
}

/** The sensitivities of each output, `[n * positions, out]`. */
function outputRows({ positions }: SharedMap, sensitivity: tf.Tensor2D, outputs: number): tf.Tensor2D[] {
  const [rows, width] = sensitivity.shape;
  const samples = rows / outputs;
  const flat = tf.reshape(sensitivity, [samples, outputs * width]) as tf.Tensor2D;
  return Array.from({ length: outputs }, (_, output) =>
    tf.reshape(tf.slice(flat, [0, output * width], [samples, width]), [samples * positions, width / positions]),
  );
}

/** Sum over positions s of sample i and t of sample j of (seen_is . seen_jt + 1 with a bias) (a_is . b_jt), `[n, n]`. */
function pairKernel(
  { seen, positions, bias }: SharedMap,
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  temporary: number,
): tf.Tensor2D {
  const samples = seen.shape[0] / positions;
  const atOnce = Math.max(1, Math.floor(temporary / (positions * seen.shape[0])));
  const blocks: tf.Tensor2D[] = [];
  for (let from = 0; from < samples; from += atOnce) {
    const size = Math.min(atOnce, samples - from);
    blocks.push(
      tf.tidy(() => {
        const some = (all: tf.Tensor2D): tf.Tensor2D =>
          size === samples ? all : tf.slice(all, [from * positions, 0], [size * positions, all.shape[1]]);
        const seenGram: tf.Tensor2D = tf.matMul(some(seen), seen, false, true);
        const gram = tf.matMul(some(a), b, false, true);
        const product = tf.mul(bias ? tf.add(seenGram, 1) : seenGram, gram);
        const ofPositions = tf.sum(tf.reshape(product, [size * positions, samples, positions]), 2);
        return tf.sum(tf.reshape(ofPositions, [size, positions, samples]), 1) as tf.Tensor2D;
      }),
    );
  }
  return blocks.length === 1 ? blocks[0]! : tf.concat(blocks, 0);
}
