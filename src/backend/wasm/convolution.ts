import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, elementCount, filled, type WasmBackend } from './heap.ts';
import type { KernelCall, Lookup } from './kernelCall.ts';
import type { BoundKernels } from './kernels.ts';
import { type PatchGeometry, patchGeometry } from './patches.ts';

interface Attributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

export type Conv2DCall = KernelCall<
  { x: TensorInfo; filter: TensorInfo },
  Attributes & { dilations: [number, number] | number }
>;
export type Conv2DBackpropInputCall = KernelCall<
  { dy: TensorInfo; filter: TensorInfo },
  Attributes & { inputShape: [number, number, number, number] }
>;
export type Conv2DBackpropFilterCall = KernelCall<
  { x: TensorInfo; dy: TensorInfo },
  Attributes & { filterShape: [number, number, number, number] }
>;

/** Numbers of a block of patches: 256 KiB, which stay in the second-level cache between their two uses. */
const BLOCK = 65_536;

/** `Conv2D` for the wasm backend: patches by the block, times the kernel. Dilated ones as before. */
export function conv2D(original: (call: Conv2DCall) => TensorInfo, lookup: Lookup): (call: Conv2DCall) => TensorInfo {
  return (call) => {
    const { backend, inputs, attrs } = call;
    const { x, filter } = inputs;
    const bound = lookup(backend);
    const dilated = [attrs.dilations].flat().some((dilation) => dilation > 1);
    if (bound === null || dilated || x.dtype !== 'float32' || attrs.dataFormat === 'NCHW') return original(call);
    const geometry = geometryOf(x.shape, filter.shape, attrs);
    const out = backend.makeOutput([...geometry.outShape], 'float32');
    if (elementCount(geometry.outShape) === 0) return out;
    const { depth } = geometry;
    const columns = filter.shape[3]!;
    const from = addressOf(backend, filter);
    const to = addressOf(backend, out);
    byBlocks(backend, bound, geometry, addressOf(backend, x), 'gather', (patches, first, count) => {
      bound.kernels.gemm(
        patches,
        from,
        to + 4 * first * columns,
        count,
        columns,
        depth,
        false,
        false,
        false,
        false,
        bound.scratch,
      );
    });
    return out;
  };
}

/** `Conv2DBackpropInput` for the wasm backend: the sensitivities times the kernel's transpose, a block of patches at a time, added up. */
export function conv2DBackpropInput(
  original: (call: Conv2DBackpropInputCall) => TensorInfo,
  lookup: Lookup,
): (call: Conv2DBackpropInputCall) => TensorInfo {
  return (call) => {
    const { backend, inputs, attrs } = call;
    const { dy, filter } = inputs;
    const bound = lookup(backend);
    if (bound === null || dy.dtype !== 'float32' || attrs.dataFormat === 'NCHW') return original(call);
    const geometry = geometryOf(attrs.inputShape, filter.shape, attrs);
    const out = filled(backend, bound.memory, [...attrs.inputShape], 0);
    if (elementCount(geometry.outShape) === 0) return out;
    const columns = filter.shape[3]!;
    const from = addressOf(backend, dy);
    const weights = addressOf(backend, filter);
    byBlocks(backend, bound, geometry, addressOf(backend, out), 'add', (patches, first, count) => {
      const { depth } = geometry;
      const rows = from + 4 * first * columns;
      bound.kernels.gemm(rows, weights, patches, count, depth, columns, false, true, false, false, bound.scratch);
    });
    return out;
  };
}

/**
 * `Conv2DBackpropFilter`, which tfjs's wasm backend lacks: the patches' transpose times the sensitivities.
 * @throws {Error} for channels first, and where the engine does not run our kernels
 */
export function conv2DBackpropFilter(lookup: Lookup): (call: Conv2DBackpropFilterCall) => TensorInfo {
  return ({ backend, inputs, attrs }) => {
    const { x, dy } = inputs;
    const bound = lookup(backend);
    if (bound === null) throw new Error('Conv2DBackpropFilter on wasm needs an engine with SIMD: use another backend');
    if (attrs.dataFormat === 'NCHW') throw new Error('Conv2DBackpropFilter on wasm: dataFormat = NCHW: expected NHWC');
    const geometry = geometryOf(x.shape, attrs.filterShape, attrs);
    const out = filled(backend, bound.memory, [...attrs.filterShape], 0);
    if (elementCount(geometry.outShape) === 0 || geometry.depth === 0) return out;
    const columns = attrs.filterShape[3];
    const from = addressOf(backend, dy);
    const to = addressOf(backend, out);
    byBlocks(backend, bound, geometry, addressOf(backend, x), 'gather', (patches, first, count) => {
      const { depth } = geometry;
      const rows = from + 4 * first * columns;
      bound.kernels.gemm(patches, rows, to, depth, columns, count, true, false, false, true, bound.scratch);
    });
    return out;
  };
}

function geometryOf(input: readonly number[], filter: readonly number[], attrs: Attributes): PatchGeometry {
  const { strides, pad, dimRoundingMode } = attrs;
  const info = backend_util.computeConv2DInfo(
    input as [number, number, number, number],
    filter as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  return patchGeometry(info);
}

/**
 * Shows `visit` the patches of some rows at a time, gathered from the images; or has it fill them, and adds them to the
 * images. A kernel of one pixel needs neither: the images are their patches.
 */
function byBlocks(
  backend: WasmBackend,
  { kernels }: BoundKernels,
  geometry: PatchGeometry,
  images: number,
  direction: 'gather' | 'add',
  visit: (patches: number, first: number, count: number) => void,
): void {
  const { rows, depth, lengths, ofOnePixel } = geometry;
  if (ofOnePixel) {
    visit(images, 0, rows);
    return;
  }
  const block = Math.min(rows, Math.max(96, Math.floor(BLOCK / depth)));
  const patches = backend.wasm._malloc(4 * block * depth) >>> 0;
  if (patches === 0) throw new Error(`convolution: no ${4 * block * depth} bytes left for patches`);
  try {
    for (let first = 0; first < rows; first += block) {
      const count = Math.min(block, rows - first);
      if (direction === 'gather') kernels.gatherPatches(images, patches, first, count, ...lengths);
      visit(patches, first, count);
      if (direction === 'add') kernels.addPatches(images, patches, first, count, ...lengths);
    }
  } finally {
    backend.wasm._free(patches);
  }
}
