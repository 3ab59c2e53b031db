import type { LayerTrace } from './layer.ts';

/** The part of a trace that has to do with parameters, for layers that have none. */
export const withoutParameters: Pick<LayerTrace, 'gradients' | 'rowGradients' | 'kernel' | 'outputSummedKernel'> = {
  gradients: () => [],
  rowGradients: () => [],
  kernel: () => null,
  outputSummedKernel: () => null,
};
