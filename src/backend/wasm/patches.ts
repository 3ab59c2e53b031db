import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';

/** Where the patches of images lie. */
export interface PatchGeometry {
  /** Rows of the patch matrix: positions of the kernel over all samples. */
  readonly rows: number;
  /** Numbers of a patch: kernel height x kernel width x channels. */
  readonly depth: number;
  /** [n, out height, out width, out channels] */
  readonly outShape: readonly number[];
  /** Height, width, channels; kernel; strides; padding before; out height and width: as the kernels take them. */
  readonly lengths: readonly [number, number, number, number, number, number, number, number, number, number, number];
  /** Whether the images are their own patch matrix. */
  readonly ofOnePixel: boolean;
}

export function patchGeometry(info: backend_util.Conv2DInfo): PatchGeometry {
  const { inHeight, inWidth, inChannels, filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  return {
    rows: info.batchSize * info.outHeight * info.outWidth,
    depth: filterHeight * filterWidth * inChannels,
    outShape: [info.batchSize, info.outHeight, info.outWidth, info.outChannels],
    lengths: [
      inHeight,
      inWidth,
      inChannels,
      filterHeight,
      filterWidth,
      strideHeight,
      strideWidth,
      padInfo.top,
      padInfo.left,
      info.outHeight,
      info.outWidth,
    ],
    ofOnePixel:
      filterHeight * filterWidth * strideHeight * strideWidth === 1 &&
      inHeight === info.outHeight &&
      inWidth === info.outWidth,
  };
}

export type PatchesCall = KernelCall<
  { x: TensorInfo },
  { kernel: [number, number]; strides: [number, number]; pad: 'same' | 'valid' }
>;

/**
 * `Patches`, a kernel of our own on the wasm backend: what each position of a convolution sees, from `[n, height,
 * width, channels]` to `[n, out height, out width, kernel height * kernel width * channels]`.
 * @throws {Error} where the engine does not run our kernels
 */
export function patches(lookup: Lookup): (call: PatchesCall) => TensorInfo {
  return ({ backend, inputs: { x }, attrs: { kernel, strides, pad } }) => {
    const bound = lookup(backend);
    if (bound === null) throw new Error('Patches on wasm needs an engine with SIMD: use another backend');
    const shape = x.shape as [number, number, number, number];
    const { rows, depth, lengths, outShape } = patchGeometry(
      backend_util.computeConv2DInfo(shape, [...kernel, shape[3], 1], strides, 1, pad),
    );
    const out = backend.makeOutput([...outShape.slice(0, 3), depth], 'float32');
    if (elementCount(out.shape) > 0) {
      bound.kernels.gatherPatches(addressOf(backend, x), addressOf(backend, out), 0, rows, ...lengths);
    }
    return out;
  };
}
