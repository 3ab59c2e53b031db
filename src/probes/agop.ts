import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { inputSensitivities } from '../models/model.ts';
import type { SymmetricMatrix } from '../probe.ts';
import type { AgopReference } from '../tasks/task.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Average gradient outer product G = (1/n) sum_i sum_o grad f_o(x_i) grad f_o(x_i)^T, order d.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 2; Radhakrishnan et al. 2024.
 */
export function agop(lens: WorkingLens): Eventual<SymmetricMatrix> {
  const matrix = lens.scope.own(() => {
    const gradients = inputGradients(lens);
    return tf.div(tf.matMul(gradients, gradients, true, false), lens.size);
  });
  return whenReady(read(matrix), (values) => ({ order: lens.samples.dimension, values }));
}

/**
 * <G, G*> / (|G| |G*|) in the Frobenius product. With fewer gradients n c than inputs d no d x d matrix
 * is formed: |G| = |J J^T| / n and <G, G*> = sum(J G* o J) / n.
 * @throws {Error} when the run has no reference.
 */
export function agopAlignment(lens: WorkingLens): Eventual<number> {
  const reference = lens.subject.agopReference;
  if (reference === undefined) throw new Error('AGOP alignment: the run has no reference to align with');
  const { dimension } = lens.samples;
  if (lens.size * lens.outputs >= dimension) {
    return whenReady(lens.agop(), (matrix) => cosine(matrix, reference));
  }
  const gradients = lens.scope.own(() => inputGradients(lens));
  const gram = lens.scope.own((): tf.Tensor2D => tf.matMul(gradients, gradients, false, true));
  const weighted = lens.scope.own(() => tf.sum(tf.mul(gradients, timesReference(gradients, reference, dimension))));
  return whenBoth(read(gram), read(weighted), (entries, inner) => {
    let squares = 0;
    for (const entry of entries) squares += entry * entry;
    return inner[0]! / (Math.sqrt(squares) * norm(reference));
  });
}

/** J: input gradients of every output, `[n c, d]`, sample-major. */
function inputGradients(lens: WorkingLens): tf.Tensor2D {
  return lens.once('inputGradients', () =>
    lens.scope.own(() => inputSensitivities(lens.trace(), lens.sensitivities()[0] ?? null)),
  );
}

function timesReference(gradients: tf.Tensor2D, reference: AgopReference, dimension: number): tf.Tensor {
  if (reference.diagonal !== undefined) return tf.mul(gradients, tf.tensor1d(Float32Array.from(reference.diagonal)));
  return tf.matMul(gradients, tf.tensor2d(Float32Array.from(reference.matrix!), [dimension, dimension]));
}

function cosine({ values, order }: SymmetricMatrix, reference: AgopReference): number {
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += values[index]! * values[index]!;
  let inner = 0;
  if (reference.diagonal !== undefined) {
    for (let a = 0; a < order; a++) inner += values[a * order + a]! * reference.diagonal[a]!;
  } else {
    for (let index = 0; index < values.length; index++) inner += values[index]! * reference.matrix![index]!;
  }
  return inner / (Math.sqrt(squares) * norm(reference));
}

/** Frobenius norm of G*. */
function norm(reference: AgopReference): number {
  let squares = 0;
  for (const entry of reference.diagonal ?? reference.matrix!) squares += entry * entry;
  return Math.sqrt(squares);
}
