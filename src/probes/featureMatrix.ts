import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { symmetricEigen } from '../linalg/symmetricEigen.ts';
import type { Network } from '../models/model.ts';
import type { FeatureCorrelation, SymmetricMatrix } from '../probe.ts';
import { entryLikeness } from './kernelComparison.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/** Whether the first layer is dense on the raw inputs: it has a neural feature matrix. */
export function hasFeatureMatrix({ layers }: Network): boolean {
  const shape = layers[0]!.parameters[0]?.shape;
  return shape?.length === 2 && shape[0] === layers[0]!.inputs && shape[1] === layers[0]!.outputs;
}

/**
 * Neural feature matrix W W^T of the first layer, W `[d, m]` as stored, order d.
 * Source: Radhakrishnan et al. 2024 (Science 383), equation 2.
 * @throws {Error} when the first layer is not dense on the inputs.
 */
export function featureMatrix(lens: WorkingLens): Eventual<SymmetricMatrix> {
  if (!hasFeatureMatrix(lens.subject.network)) {
    throw new Error('featureMatrix: the first layer is not dense on the raw inputs');
  }
  return lens.once('featureMatrix', () => {
    const weights = lens.parameters[0]![0] as tf.Tensor2D;
    const matrix = lens.scope.own((): tf.Tensor2D => tf.matMul(weights, weights, false, true));
    return whenReady(read(matrix), (values) => ({ order: lens.samples.dimension, values }));
  });
}

/**
 * How alike the neural feature matrix and the AGOP are, entry by entry: with the mean entry (cosine) and without
 * (correlation). With `root` against the square root of the AGOP, which takes a full eigendecomposition: some 50 d^3
 * flops in float64 on the host.
 * Source: Radhakrishnan et al. 2024 (Science 383), the neural feature ansatz; Beaglehole et al. 2024 for the root.
 */
export function featureCorrelation(lens: WorkingLens, root: boolean): Eventual<FeatureCorrelation> {
  return lens.once(`featureCorrelation ${root}`, () =>
    whenBoth(featureMatrix(lens), lens.agop(), (features, gradients) => {
      const compared = root ? squareRoot(gradients) : gradients.values;
      return entryLikeness(features.values, compared);
    }),
  );
}

/** The positive semidefinite square root. */
function squareRoot({ values, order }: SymmetricMatrix): Float64Array {
  const { values: eigenvalues, vectors } = symmetricEigen(Float64Array.from(values), order);
  const root = new Float64Array(order * order);
  eigenvalues.forEach((eigenvalue, k) => {
    const weight = Math.sqrt(Math.max(eigenvalue, 0));
    for (let i = 0; i < order; i++) {
      const left = weight * vectors[k * order + i]!;
      for (let j = 0; j < order; j++) root[i * order + j]! += left * vectors[k * order + j]!;
    }
  });
  return root;
}
