import { z } from 'zod';
import type { ImageShape } from '../tasks/task.ts';
import { checked } from '../validation.ts';
import { batchNormalization } from './batchNormalization.ts';
import { convolution } from './convolution.ts';
import { dense } from './dense.ts';
import { globalAveragePooling } from './globalAveragePooling.ts';
import { imageNeeded } from './imageNeeded.ts';
import type { Layer } from './layer.ts';
import { layerNormalization } from './layerNormalization.ts';
import type { Model } from './model.ts';
import { pooling } from './pooling.ts';

const Block = z.strictObject({
  channels: z.int().min(1),
  /** Pixels of a side of the kernel. */
  kernel: z.int().min(1).default(3),
  stride: z.int().min(1).default(1),
  padding: z.enum(['same', 'valid']).default('same'),
  /** After the activation; `stride` is `size` unless said otherwise. */
  pool: z
    .strictObject({ kind: z.enum(['average', 'max']), size: z.int().min(1), stride: z.int().min(1).optional() })
    .optional(),
});

const Options = z.strictObject({
  /** Convolutions, first to last. */
  blocks: z
    .array(Block)
    .min(1)
    .default([
      { channels: 16, kernel: 3, stride: 2, padding: 'same' },
      { channels: 16, kernel: 3, stride: 2, padding: 'same' },
    ]),
  /** Between each convolution and its activation. `layer`: over the channels of each pixel. `batch`: over the batch. */
  norm: z.enum(['none', 'batch', 'layer']).default('none'),
  /** What the dense layers see of the last images: all of them, or the mean of each channel. */
  head: z.enum(['flatten', 'globalAverage']).default('flatten'),
  /** Widths of hidden dense layers between the images and the outputs. */
  widths: z.array(z.int().min(1)).default([]),
  activation: z.enum(['relu', 'tanh', 'erf', 'gelu']).default('relu'),
  /**
   * `ntk`: z = h * K / sqrt(fan_in), K ~ N(0, 1), no biases by default; a convolution's fan_in is kernel^2 times the
   * channels it sees. `standard`: z = h * K + b, K ~ N(0, 2 / fan_in) with relu and gelu (He), else N(0, 1 / fan_in);
   * the last layer always 1 / fan_in.
   */
  parameterization: z.enum(['ntk', 'standard']).default('ntk'),
  /** Default: with the standard parameterisation, but not of convolutions that are normalised. */
  bias: z.boolean().optional(),
  /**
   * Factor g of the hidden activations in the NTK parameterisation, relu only: by default 1 with one
   * hidden layer and sqrt 2 with more.
   */
  gain: z.number().positive().optional(),
  /** Factor on all initial weights. */
  initialScale: z.number().positive().default(1),
});

export type CnnOptions = z.input<typeof Options>;

/** Of a norm's variance. */
const EPSILON = 1e-5;
/** Of a batch in the running statistics. */
const MOMENTUM = 0.1;

/**
 * Convolutional network: blocks of convolution, norm, activation and pooling, then dense layers. Its images are those
 * of the task.
 * Sources: Zhu et al. 2024 (arXiv 2306.04815) and Li et al. 2024 (arXiv 2403.12350), experiments with convolutional
 * networks.
 * @throws {RangeError} naming the option, its value and what was expected; from `build`, where the task has no images or
 * they are too small for the blocks.
 */
export function cnn(options: CnnOptions = {}): Model {
  const chosen = checked('cnn', Options, options);
  const { blocks, norm, head, widths, activation, parameterization, initialScale } = chosen;
  const ntk = parameterization === 'ntk';
  const bias = chosen.bias ?? !ntk;
  const scaled = ntk && activation === 'relu' && !bias && norm === 'none';
  if (chosen.gain !== undefined && !scaled) {
    throw new RangeError(
      `cnn: gain = ${chosen.gain}: expected only with parameterization 'ntk', activation 'relu', no biases and no norm`,
    );
  }
  const gain = scaled ? (chosen.gain ?? (blocks.length + widths.length > 1 ? Math.SQRT2 : 1)) : 1;
  const rectified = activation === 'relu' || activation === 'gelu';
  const weights = (fanIn: number, hidden: boolean) => ({
    // relu is positively homogeneous, g relu(z) = relu(g z): the gain costs nothing inside the scale.
    scale: ntk ? (hidden ? gain : 1) / Math.sqrt(fanIn) : 1,
    deviation: initialScale * (ntk ? 1 : Math.sqrt((hidden && rectified ? 2 : 1) / fanIn)),
  });
  const described = blocks.map(({ pool, ...block }) => ({
    ...block,
    pool: pool === undefined ? null : { ...pool, stride: pool.stride ?? pool.size },
  }));
  return {
    name: `cnn-${[...blocks.map(({ channels }) => channels), ...widths].join('-')}`,
    description: {
      model: 'cnn',
      blocks: described,
      norm,
      head,
      widths,
      activation,
      parameterization,
      bias,
      gain,
      initialScale,
    },
    build(inputs, outputs, shape) {
      let image: ImageShape = imageNeeded('cnn', shape, inputs);
      const layers: Layer[] = [];
      const numbered = () => layers.filter(({ parameters }) => parameters.length > 0).length + 1;
      blocks.forEach(({ channels, kernel, stride, padding, pool }, index) => {
        const seen = `${image.height} x ${image.width}`;
        const convolved = convolution({
          index: numbered(),
          image,
          channels,
          kernel,
          stride,
          padding,
          activation: norm === 'none' ? activation : 'identity',
          bias: bias && norm === 'none',
          ...weights(kernel * kernel * image.channels, true),
        });
        layers.push(convolved);
        image = nonEmpty(convolved.image, `blocks.${index}.kernel = ${kernel}`, seen);
        const positions = image.height * image.width;
        if (norm === 'batch') {
          const index = numbered();
          layers.push(
            batchNormalization({ index, positions, channels, activation, epsilon: EPSILON, momentum: MOMENTUM }),
          );
        } else if (norm === 'layer') {
          layers.push(
            layerNormalization({ index: numbered(), positions, width: channels, activation, epsilon: EPSILON }),
          );
        }
        if (pool !== undefined) {
          const { kind, size } = pool;
          const before = `${image.height} x ${image.width}`;
          const pooled = pooling({ image, kind, size, stride: pool.stride ?? size });
          layers.push(pooled);
          image = nonEmpty(pooled.image, `blocks.${index}.pool.size = ${size}`, before);
        }
      });
      const { height, width, channels } = image;
      if (head === 'globalAverage') layers.push(globalAveragePooling({ positions: height * width, channels }));
      const sizes = [layers.at(-1)!.outputs, ...widths, outputs];
      sizes.slice(1).forEach((size, index) => {
        const hidden = index < widths.length;
        const fanIn = sizes[index]!;
        layers.push(
          dense({
            index: numbered(),
            inputs: fanIn,
            outputs: size,
            activation: hidden ? activation : 'identity',
            bias,
            ...weights(fanIn, hidden),
          }),
        );
      });
      return { layers };
    },
  };
}

function nonEmpty(image: ImageShape, option: string, seen: string): ImageShape {
  if (image.height > 0 && image.width > 0) return image;
  throw new RangeError(`cnn: ${option}: expected at most the ${seen} pixels that are left there`);
}
