import fc from 'fast-check';
import { type CnnOptions, cnn } from '../../src/models/cnn.ts';
import type { Network } from '../../src/models/model.ts';
import { type VisionTransformerOptions, visionTransformer } from '../../src/models/visionTransformer.ts';
import type { ImageShape } from '../../src/tasks/task.ts';

/** A small network on images, and what it was made of. */
export interface ImageNetwork {
  readonly network: Network;
  readonly image: ImageShape;
  readonly outputs: number;
  readonly options: CnnOptions | VisionTransformerOptions;
  /** How a counterexample reads. */
  readonly [fc.toStringMethod]: () => string;
}

const block = fc.record({
  channels: fc.integer({ min: 1, max: 3 }),
  kernel: fc.integer({ min: 1, max: 3 }),
  stride: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom('same' as const, 'valid' as const),
  pool: fc.option(
    fc.record({
      kind: fc.constantFrom('average' as const, 'max' as const),
      size: fc.integer({ min: 1, max: 2 }),
      stride: fc.integer({ min: 1, max: 2 }),
    }),
    { nil: undefined },
  ),
});

/** Convolutional networks with every option, on images of up to 7 x 7 x 2. */
export function convolutionalNetworks(
  activations: readonly ('relu' | 'tanh' | 'erf' | 'gelu')[],
  kinds: readonly ('average' | 'max')[] = ['average', 'max'],
): fc.Arbitrary<ImageNetwork> {
  return fc
    .record({
      image: fc.record({
        height: fc.integer({ min: 1, max: 7 }),
        width: fc.integer({ min: 1, max: 7 }),
        channels: fc.integer({ min: 1, max: 2 }),
      }),
      outputs: fc.integer({ min: 1, max: 3 }),
      blocks: fc.array(block, { minLength: 1, maxLength: 2 }),
      options: fc.record({
        norm: fc.constantFrom('none' as const, 'layer' as const),
        head: fc.constantFrom('flatten' as const, 'globalAverage' as const),
        widths: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 1 }),
        activation: fc.constantFrom(...activations),
        parameterization: fc.constantFrom('ntk' as const, 'standard' as const),
        bias: fc.boolean(),
      }),
    })
    .map(({ image, outputs, blocks, options }) => {
      const chosen = {
        ...options,
        blocks: blocks.map(({ pool, channels, ...rest }) => {
          // Over very few numbers, normalised ones are nearly 1 or -1 whatever the input, and derivatives cancel.
          const block = { ...rest, channels: options.norm === 'layer' ? channels + 3 : channels };
          return pool === undefined || !kinds.includes(pool.kind) ? block : { ...block, pool };
        }),
      };
      return { image, outputs, options: chosen };
    })
    .filter(({ image, options }) => {
      // Kernels and windows must fit.
      let { height, width } = image;
      for (const { kernel, stride, padding, ...rest } of options.blocks) {
        const left = (pixels: number, size: number, step: number) => Math.ceil((pixels - size + 1) / step);
        const size = padding === 'same' ? 1 : kernel;
        [height, width] = [left(height, size, stride), left(width, size, stride)];
        if ('pool' in rest && rest.pool !== undefined) {
          const { size: window, stride: step } = rest.pool;
          [height, width] = [left(height, window, step), left(width, window, step)];
        }
        if (height < 1 || width < 1) return false;
      }
      return true;
    })
    .map(({ image, outputs, options }) => ({
      image,
      outputs,
      options,
      [fc.toStringMethod]: () => JSON.stringify({ image, outputs, options }),
      network: cnn(options).build(image.height * image.width * image.channels, outputs, image),
    }));
}

/** Small vision transformers. */
export function transformers(activations: readonly ('gelu' | 'relu')[]): fc.Arbitrary<ImageNetwork> {
  return fc
    .record({
      patch: fc.integer({ min: 2, max: 3 }),
      rows: fc.integer({ min: 1, max: 2 }),
      columns: fc.integer({ min: 1, max: 3 }),
      channels: fc.integer({ min: 1, max: 2 }),
      heads: fc.integer({ min: 1, max: 2 }),
      ofHead: fc.integer({ min: 4, max: 5 }),
      depth: fc.integer({ min: 1, max: 2 }),
      activation: fc.constantFrom(...activations),
      outputs: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ patch, rows, columns, channels, heads, ofHead, depth, activation, outputs }) => {
      const image = { height: rows * patch, width: columns * patch, channels };
      const options = { patch, dimension: heads * ofHead, depth, heads, mlpRatio: 1.5, activation };
      const network = visionTransformer(options).build(image.height * image.width * channels, outputs, image);
      return {
        network,
        image,
        outputs,
        options,
        [fc.toStringMethod]: () => JSON.stringify({ image, outputs, options }),
      };
    });
}
