import * as tf from '@tensorflow/tfjs-core';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { mlp } from '../../src/models/mlp.ts';
import type { Model } from '../../src/models/model.ts';
import { ModelLens } from '../../src/probes/lens.ts';
import { samplesOf } from '../../src/probes/samples.ts';
import { kernelMemory } from '../../src/probes/tangentKernelEigenpairs.ts';
import type { LensSubject } from '../../src/probes/workingLens.ts';
import type { AgopReference } from '../../src/tasks/task.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import type { ReferenceNet } from '../reference/reference.ts';

/** The models of the reference files. */
export const models = {
  ntk_relu: mlp({ widths: [16], activation: 'relu', parameterization: 'ntk' }),
  tanh3: mlp({ widths: [8, 6], activation: 'tanh', parameterization: 'standard' }),
};

/** A lens on a reference net with the reference's own parameters. Dispose of `scope` when done. */
export function referenceLens(
  name: keyof typeof models,
  net: ReferenceNet,
  targets: readonly number[],
  agopReference?: AgopReference,
): { lens: ModelLens; scope: TensorScope } {
  return lensOn(models[name], net, targets, agopReference);
}

/** The same of any model, with parameters in the order of the reference; images where the inputs have four axes. */
export function lensOn(
  model: Model,
  net: Pick<ReferenceNet, 'n' | 'c' | 'X' | 'params'>,
  targets: readonly number[],
  agopReference?: AgopReference,
): { lens: ModelLens; scope: TensorScope } {
  const scope = new TensorScope();
  const [, ...lengths] = net.X.shape;
  const dimension = lengths.reduce((product, length) => product * length, 1);
  const [height, width, channels] = lengths;
  const image = lengths.length === 3 ? { height: height!, width: width!, channels: channels! } : undefined;
  const network = model.build(dimension, net.c, image);
  const tensors = Object.values(net.params);
  const subject: LensSubject = { network, loss: squareLoss, classes: null, agopReference, stabilityLimit: 2 };
  const parameters = network.layers.map((layer) =>
    layer.parameters.map(() => {
      const { shape, data } = tensors.shift()!;
      return scope.own(() => tf.tensor([...data], [...shape]));
    }),
  );
  const samples = samplesOf(
    {
      inputs: Float32Array.from(net.X.data),
      targets: Float32Array.from(targets),
      size: net.n,
      dimension,
      outputs: net.c,
    },
    scope,
  );
  return { lens: new ModelLens(subject, parameters, samples, scope, kernelMemory(), 0), scope };
}
