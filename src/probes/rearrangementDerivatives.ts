import * as tf from '@tensorflow/tfjs-core';
import type { Attributes, KernelDerivative } from './kernelDerivative.ts';

/** A kernel that moves numbers about: its slopes are moved back to the shape of `x`. */
const rearrangement = (
  back: (slope: tf.Tensor, x: tf.Tensor, attributes: Attributes) => tf.Tensor,
): KernelDerivative => ({
  inputs: ['x'],
  derivative: (slope, [x], attributes) => ({ x: () => back(slope, x!, attributes) }),
});

/** Of the kernels that move numbers about, repeat them or add them up. */
export const rearrangementDerivatives: Readonly<Record<string, KernelDerivative>> = {
  Reshape: rearrangement((slope, x) => tf.reshape(slope, x.shape)),
  ExpandDims: {
    inputs: ['input'],
    derivative: (slope, [input]) => ({ input: () => tf.reshape(slope, input!.shape) }),
  },
  Transpose: { derivative: (slope, _, { perm }) => ({ x: () => tf.transpose(slope, inverse(perm)) }) },
  Sum: rearrangement((slope, x, { axis }) => spread(slope, x.shape, axis)),
  Mean: rearrangement((slope, x, { axis }) => tf.mul(spread(slope, x.shape, axis), slope.size / x.size)),
  Tile: rearrangement((slope, x, { reps }) => {
    // Axes in pairs, repetitions before what is repeated.
    const pairs = x.shape.flatMap((length, axis) => [reps[axis]!, length]);
    const sum = tf.sum(
      tf.reshape(slope, pairs),
      x.shape.map((_, axis) => 2 * axis),
    );
    return tf.reshape(sum, x.shape);
  }),
  Slice: rearrangement((slope, x, { begin }) => {
    const from = typeof begin === 'number' ? [begin] : begin;
    return tf.pad(
      slope,
      x.shape.map((length, axis): [number, number] => {
        const before = from[axis] ?? 0;
        return [before, length - before - slope.shape[axis]!];
      }),
    );
  }),
  PadV2: rearrangement((slope, x, { paddings }) =>
    tf.slice(
      slope,
      paddings.map(([before]) => before),
      x.shape,
    ),
  ),
  GatherV2: {
    inputs: ['x', 'indices'],
    derivative: (slope, [x, indices], { axis }) => ({
      x: () => gathered(slope, x!, indices!, axis as number),
      // Whole numbers that depend on the input have no slope; it is asked for in float32.
      indices: () => tf.zeros(indices!.shape),
    }),
  },
};

/** Repeats along the axes that were summed over. */
function spread(slope: tf.Tensor, shape: number[], axis: number | number[]): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis, shape);
  const kept = shape.map((length, index) => (axes.includes(index) ? 1 : length));
  return tf.mul(tf.reshape(slope, kept), tf.ones(shape));
}

function inverse(permutation: readonly number[]): number[] {
  const back = new Array<number>(permutation.length);
  permutation.forEach((from, to) => {
    back[from] = to;
  });
  return back;
}

/** The slopes of what was gathered, added up where they came from. */
function gathered(slope: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, axis: number): tf.Tensor {
  const along = tf.util.parseAxisParam(axis, x.shape)[0]!;
  const before = x.shape.slice(0, along).reduce((product, length) => product * length, 1);
  const after = x.shape.slice(along + 1).reduce((product, length) => product * length, 1);
  const rows = tf.oneHot(tf.cast(tf.reshape(indices, [-1]), 'int32') as tf.Tensor1D, x.shape[along]!);
  const chosen = tf.cast(rows, 'float32') as tf.Tensor2D;
  const slopes = tf.reshape(slope, [before, indices.size, after]);
  const sums = tf.matMul(tf.tile(tf.expandDims(chosen, 0), [before, 1, 1]), slopes, true, false);
  return tf.reshape(sums, x.shape);
}
