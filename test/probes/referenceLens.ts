import * as tf from '@tensorflow/tfjs-core';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { mlp } from '../../src/models/mlp.ts';
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
  const scope = new TensorScope();
  const dimension = net.X.shape[1]!;
  const network = models[name].build(dimension, net.c);
  const subject: LensSubject = { network, loss: squareLoss, classes: null, agopReference, stabilityLimit: 2 };
  const parameters = network.layers.map((layer) =>
    layer.parameters.map(({ name: parameter }) => {
      const { shape, data } = net.params[parameter]!;
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
