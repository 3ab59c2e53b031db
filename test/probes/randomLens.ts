import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from '../../src/losses/crossEntropy.ts';
import { squareLoss } from '../../src/losses/squareLoss.ts';
import { mlp } from '../../src/models/mlp.ts';
import { ModelLens } from '../../src/probes/lens.ts';
import { samplesOf } from '../../src/probes/samples.ts';
import { kernelMemory } from '../../src/probes/tangentKernelEigenpairs.ts';
import type { LensSubject } from '../../src/probes/workingLens.ts';
import type { AgopReference } from '../../src/tasks/task.ts';
import { TensorScope } from '../../src/tensorScope.ts';
import type { PlainLoss } from '../models/plainMlp.ts';
import type { RandomNet } from '../models/randomNets.ts';

export interface LensChoice {
  readonly loss?: PlainLoss;
  /** Sample-major; zeros by default. */
  readonly targets?: readonly (readonly number[])[];
  readonly agopReference?: AgopReference;
  readonly stabilityLimit?: number;
  readonly precondition?: LensSubject['precondition'];
  readonly largestFormedKernel?: number;
  readonly classes?: LensSubject['classes'];
}

/** Looks at a random net through the library's own lens; everything is freed when `look` returns. */
export function throughLens<T>(
  { net, parameters, inputs }: RandomNet,
  choice: LensChoice,
  look: (lens: ModelLens) => T,
): T {
  const { widths, activation, parameterization, bias } = net;
  const scope = new TensorScope();
  const network = mlp({ widths: [...widths], activation, parameterization, bias }).build(net.inputs, net.outputs);
  let at = 0;
  const tensors = network.layers.map((layer) =>
    layer.parameters.map(({ shape }) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const values = parameters.slice(at, at + size);
      at += size;
      return scope.own(() => tf.tensor(values, [...shape], 'float32'));
    }),
  );
  const targets = choice.targets ?? inputs.map(() => new Array<number>(net.outputs).fill(0));
  const samples = samplesOf(
    {
      inputs: Float32Array.from(inputs.flat()),
      targets: Float32Array.from(targets.flat()),
      size: inputs.length,
      dimension: net.inputs,
      outputs: net.outputs,
    },
    scope,
  );
  const subject: LensSubject = {
    network,
    loss: (choice.loss ?? 'square') === 'square' ? squareLoss : crossEntropy,
    classes: choice.classes ?? null,
    agopReference: choice.agopReference,
    stabilityLimit: choice.stabilityLimit ?? 2,
    precondition: choice.precondition,
    ...(choice.largestFormedKernel !== undefined && { largestFormedKernel: choice.largestFormedKernel }),
  };
  try {
    return look(new ModelLens(subject, tensors, samples, scope, kernelMemory(), 0));
  } finally {
    scope.dispose();
  }
}
