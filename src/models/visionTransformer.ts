import { z } from 'zod';
import { checked } from '../validation.ts';
import type { ActivationName } from './activation.ts';
import { attention } from './attention.ts';
import { convolution } from './convolution.ts';
import { dense } from './dense.ts';
import { globalAveragePooling } from './globalAveragePooling.ts';
import { imageNeeded } from './imageNeeded.ts';
import type { Layer } from './layer.ts';
import { layerNormalization } from './layerNormalization.ts';
import type { Model } from './model.ts';
import { positionEmbedding } from './positionEmbedding.ts';
import { residual } from './residual.ts';
import { tokenwise } from './tokenwise.ts';

const Options = z.strictObject({
  /** Pixels of a side of a patch; a divisor of the images' sides. */
  patch: z.int().min(1).default(7),
  /** Numbers of a token. */
  dimension: z.int().min(1).default(32),
  /** Blocks of attention and perceptron. */
  depth: z.int().min(1).default(2),
  /** Divisor of `dimension`. */
  heads: z.int().min(1).default(4),
  /** Width of the perceptron of a block, in units of `dimension`. */
  mlpRatio: z.number().positive().default(2),
  activation: z.enum(['gelu', 'relu']).default('gelu'),
  /** Factor on all initial weights. */
  initialScale: z.number().positive().default(1),
});

export type VisionTransformerOptions = z.input<typeof Options>;

const POSITION_DEVIATION = 0.02;
const EPSILON = 1e-5;

/**
 * Vision transformer: patches, a learned position embedding, pre-norm blocks of multi-head self-attention and of a
 * perceptron, a last layer norm, the mean over tokens, and a dense layer. Standard parameterisation with biases,
 * W ~ N(0, 1 / fan_in); position embedding N(0, .02^2).
 * Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1, with mean pooling in place of the class token.
 * @throws {RangeError} naming the option, its value and what was expected; from `build`, where the task has no images or
 * `patch` does not divide their sides.
 */
export function visionTransformer(options: VisionTransformerOptions = {}): Model {
  const chosen = checked('visionTransformer', Options, options);
  const { patch, dimension, depth, heads, mlpRatio, activation, initialScale } = chosen;
  if (dimension % heads !== 0) {
    throw new RangeError(`visionTransformer: heads = ${heads}: expected a divisor of dimension = ${dimension}`);
  }
  const hidden = Math.round(mlpRatio * dimension);
  if (hidden < 1) throw new RangeError(`visionTransformer: mlpRatio = ${mlpRatio}: expected a perceptron of width 1`);
  return {
    name: `vit-${patch}-${dimension}-${depth}`,
    description: { model: 'visionTransformer', ...chosen },
    build(inputs, outputs, shape) {
      const image = imageNeeded('visionTransformer', shape, inputs);
      if (image.height % patch !== 0 || image.width % patch !== 0) {
        throw new RangeError(
          `visionTransformer: patch = ${patch}: expected a divisor of the sides of ${image.height} x ${image.width}`,
        );
      }
      const tokens = (image.height / patch) * (image.width / patch);
      let index = 0;
      const linear = (from: number, to: number, nonlinearity: ActivationName = 'identity') => ({
        index: ++index,
        tokens,
        inputs: from,
        outputs: to,
        activation: nonlinearity,
        scale: 1,
        bias: true,
        deviation: initialScale / Math.sqrt(from),
      });
      const norm = () =>
        layerNormalization({
          index: ++index,
          positions: tokens,
          width: dimension,
          activation: 'identity',
          epsilon: EPSILON,
        });
      const layers: Layer[] = [
        convolution({
          index: ++index,
          image,
          channels: dimension,
          kernel: patch,
          stride: patch,
          padding: 'valid',
          activation: 'identity',
          scale: 1,
          bias: true,
          deviation: initialScale / Math.sqrt(patch * patch * image.channels),
        }),
        positionEmbedding({ index: ++index, tokens, dimension, deviation: POSITION_DEVIATION }),
      ];
      for (let block = 0; block < depth; block++) {
        layers.push(
          residual([
            norm(),
            tokenwise(linear(dimension, 3 * dimension)),
            attention({ tokens, dimension, heads }),
            tokenwise(linear(dimension, dimension)),
          ]),
          residual([norm(), tokenwise(linear(dimension, hidden, activation)), tokenwise(linear(hidden, dimension))]),
        );
      }
      layers.push(norm(), globalAveragePooling({ positions: tokens, channels: dimension }));
      layers.push(dense(linear(dimension, outputs)));
      return { layers };
    },
  };
}
