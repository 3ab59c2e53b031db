import * as tf from '@tensorflow/tfjs-core';
import { UndefinedProbeError } from '../probe.ts';
import { randomStream } from '../randomness.ts';
import type { Layer, LayerTrace, ParameterDescription } from './layer.ts';

interface Layers {
  readonly layers: readonly Layer[];
}

/** Whether an output depends on the other samples of the batch, so that quantities of one sample are not defined. */
export function couplesSamples({ layers }: Layers): boolean {
  return layers.some(({ state }) => state !== undefined);
}

export function stateDescriptions({ layers }: Layers): ParameterDescription[] {
  return layers.flatMap(({ state }) => state?.descriptions ?? []);
}

/** The state that training starts from, by layer; kept. */
export function initialState({ layers }: Layers): tf.Tensor[][] {
  return layers.map(({ state }) =>
    (state?.descriptions ?? []).map((one) =>
      tf.keep(tf.tensor(one.initialise(randomStream(0, 'state', one.name)), [...one.shape])),
    ),
  );
}

/** The state after a step whose forward pass left these traces, by layer; kept. */
export function nextState(
  { layers }: Layers,
  state: readonly (readonly tf.Tensor[])[],
  traces: readonly LayerTrace[],
): tf.Tensor[][] {
  return layers.map((layer, index) =>
    (layer.state?.after(state[index]!, traces[index]!) ?? []).map((tensor) => tf.keep(tensor)),
  );
}

/** The network as it is evaluated: with the same parameters, each sample by itself. */
export function evaluatedNetwork<N extends Layers>(network: N, state: readonly (readonly tf.Tensor[])[]): N {
  if (!couplesSamples(network)) return network;
  return { ...network, layers: network.layers.map((layer, index) => layer.state?.evaluated(state[index]!) ?? layer) };
}

/** What is thrown where a quantity of one sample is asked of a batch whose samples are coupled. */
export function undefinedForBatches(): UndefinedProbeError {
  return new UndefinedProbeError(
    'batch normalization',
    'the samples of a batch are coupled, so that its tangent kernel, AGOP and other quantities of single samples are ' +
      "not defined; use norm 'layer' or 'none'",
  );
}
