import * as tf from '@tensorflow/tfjs-core';
import { elementwiseDerivatives } from './elementwiseDerivatives.ts';
import type { Attributes, Slopes } from './kernelDerivative.ts';
import { maxPoolDerivative, poolingDerivatives } from './poolingDerivatives.ts';
import { productDerivatives } from './productDerivatives.ts';
import { rearrangementDerivatives } from './rearrangementDerivatives.ts';

const derivatives = Object.entries({
  ...elementwiseDerivatives,
  ...rearrangementDerivatives,
  ...productDerivatives,
  ...poolingDerivatives,
});

/** Kernels of any number of inputs, whose slopes come as a list. */
const listed: readonly tf.GradConfig[] = [
  maxPoolDerivative,
  {
    kernelName: 'AddN',
    saveAllInputs: true,
    gradFunc: (slope, saved) =>
      Object.fromEntries(saved.map((_, index) => [index, () => (slope as tf.Tensor).clone()])) as Slopes,
  },
  {
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc(slope, saved, attributes) {
      const axis = attributes.axis as number;
      const along = axis < 0 ? axis + saved[0]!.rank : axis;
      const parts = tf.split(
        slope as tf.Tensor,
        saved.map(({ shape }) => shape[along]!),
        along,
      );
      return parts.map((part) => () => part) as unknown as Slopes;
    },
  },
  {
    kernelName: 'Pack',
    saveAllInputs: true,
    gradFunc: (slope, _, attributes) =>
      tf.unstack(slope as tf.Tensor, attributes.axis as number).map((part) => () => part) as unknown as Slopes,
  },
  {
    kernelName: 'Unpack',
    gradFunc: (slopes, _, attributes) => ({
      value: () => tf.stack(slopes as unknown as tf.Tensor[], attributes.axis as number),
    }),
  },
  {
    kernelName: 'SplitV',
    gradFunc: (slopes, _, attributes) => ({
      x: () => tf.concat(slopes as unknown as tf.Tensor[], attributes.axis as number),
    }),
  },
];

/**
 * Kernels whose derivatives in TensorFlow.js 4.22 have the wrong shape where an input is repeated along an axis, or the
 * wrong type where whole numbers depend on the input.
 */
const mended: ReadonlySet<string> = new Set(['SquaredDifference', 'BatchMatMul', 'GatherV2']);
const ours = new Set<string>();

/**
 * Makes the kernels that layers are made of differentiable; those that are so rightly stay as they are. TensorFlow.js
 * keeps its own derivatives in a file that Node cannot load, and has none for the filter of a convolution's backward pass.
 */
export function registerKernelGradients(): void {
  for (const config of listed) {
    if (tf.getGradient(config.kernelName) === undefined) tf.registerGradient(config);
  }
  for (const [kernelName, { inputs = [], outputs = [], derivative }] of derivatives) {
    if (ours.has(kernelName)) continue;
    if (tf.getGradient(kernelName) !== undefined) {
      if (!mended.has(kernelName)) continue;
      tf.unregisterGradient(kernelName);
    }
    ours.add(kernelName);
    tf.registerGradient({
      kernelName,
      inputsToSave: [...inputs],
      outputsToSave: [...outputs],
      gradFunc: (slope, saved, attributes) =>
        derivative(slope as tf.Tensor, saved, attributes as unknown as Attributes),
    });
  }
}
