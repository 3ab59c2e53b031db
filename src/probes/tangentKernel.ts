import type * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import type { LayerTrace } from '../models/layer.ts';
import { sumOneByOne } from '../models/sumOneByOne.ts';
import type { SymmetricMatrix } from '../probe.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Empirical tangent kernel K[i c + o][j c + p] = sum over parameters of df_o(x_i) df_p(x_j): the sum of what the
 * layers contribute, each by its own structure. No Jacobian of the network is formed.
 *
 * Cost with dense layers: two symmetric products a layer, n^2 (in + c^2 out) flops; the first layer's Gram is X X^T,
 * which full-batch training computes once. Memory is O((n c)^2) beside the activations.
 */
export function tangentKernel(lens: WorkingLens): Eventual<SymmetricMatrix> {
  const kernel = lens.scope.own(() => total(lens, (layer, ...seen) => layer.kernel(...seen)));
  return whenReady(read(kernel), (values) => ({ order: lens.size * lens.outputs, values }));
}

/** The tangent kernel summed over outputs, sum_o K[i c + o][j c + o], order n, without forming K. */
export function outputSummedTangentKernel(lens: WorkingLens): Eventual<SymmetricMatrix> {
  if (lens.outputs === 1) return lens.tangentKernel();
  const kernel = lens.scope.own(() => total(lens, (layer, ...seen) => layer.outputSummedKernel(...seen)));
  return whenReady(read(kernel), (values) => ({ order: lens.size, values }));
}

type LayerKernel = (layer: LayerTrace, ...seen: Parameters<LayerTrace['kernel']>) => tf.Tensor2D | null;

/** Runs inside a tidy. */
function total(lens: WorkingLens, kernelOf: LayerKernel): tf.Tensor2D {
  const found = lens.sensitivities();
  const terms = lens.trace().layers.map((layer, index) => () => {
    const inputGram = index === 0 ? lens.samples.inputGram() : undefined;
    return kernelOf(layer, found[index] ?? null, lens.outputs, inputGram);
  });
  return sumOneByOne(terms)!;
}
