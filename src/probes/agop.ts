import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { inputSensitivities } from '../models/model.ts';
import type { SymmetricMatrix } from '../probe.ts';
import type { AgopReference } from '../tasks/task.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Average gradient outer product G = (1/n) sum_i sum_o grad f_o(x_i) grad f_o(x_i)^T, order d; of one output
 * where it is given.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 2; Radhakrishnan et al. 2024.
 */
export function agop(lens: WorkingLens, output?: number): Eventual<SymmetricMatrix> {
  return lens.once(named('agop', output), () => {
    const rows = inputGradients(lens, output);
    const matrix = lens.scope.own(() => tf.div(tf.matMul(rows, rows, true, false), lens.size));
    return whenReady(read(matrix), (values) => ({ order: lens.samples.dimension, values }));
  });
}

/** tr G = (1/n) sum of the squared lengths of the input gradients. */
export function agopTrace(lens: WorkingLens, output?: number): Eventual<number> {
  return lens.once(named('agopTrace', output), () => {
    const squares = lens.scope.own(() => tf.div(tf.sum(tf.square(inputGradients(lens, output)), 1), lens.size));
    return whenReady(read(squares), (values) => values.reduce((sum, value) => sum + value, 0));
  });
}

/** The name of a quantity of all outputs together, or of one. */
export function named(quantity: string, output: number | undefined): string {
  return output === undefined ? quantity : `${quantity} of output ${output}`;
}

/**
 * <G, G*> / (|G| |G*|) in the Frobenius product. With fewer gradients n c than inputs d no d x d matrix
 * is formed: |G| = |J J^T| / n and <G, G*> = sum(J G* o J) / n.
 * @throws {Error} when the run has no reference.
 */
export function agopAlignment(lens: WorkingLens, output?: number): Eventual<number> {
  const reference = lens.subject.agopReference;
  if (reference === undefined) throw new Error('AGOP alignment: the run has no reference to align with');
  const { dimension } = lens.samples;
  const gradients = inputGradients(lens, output);
  if (gradients.shape[0] >= dimension) {
    return whenReady(agop(lens, output), (matrix) => cosine(matrix, reference));
  }
  const gram = gramOfGradients(lens, output);
  const weighted = lens.scope.own(() => tf.sum(tf.mul(gradients, timesReference(gradients, reference, dimension))));
  return whenBoth(read(gram), read(weighted), (entries, inner) => {
    let squares = 0;
    for (const entry of entries) squares += entry * entry;
    return inner[0]! / (Math.sqrt(squares) * norm(reference));
  });
}

/** J: input gradients of every output, `[n c, d]`, sample-major; or of one output, `[n, d]`. */
export function inputGradients(lens: WorkingLens, output?: number): tf.Tensor2D {
  const all = lens.once('inputGradients', () =>
    lens.scope.own(() => inputSensitivities(lens.trace(), lens.sensitivities()[0] ?? null)),
  );
  const { size, outputs } = lens;
  if (output === undefined || outputs === 1) return all;
  if (!(Number.isInteger(output) && output >= 0 && output < outputs)) {
    throw new RangeError(`AGOP: output = ${output}: expected a whole number from 0 to ${outputs - 1}`);
  }
  return lens.once(named('inputGradients', output), () =>
    lens.scope.own(() => {
      const { dimension } = lens.samples;
      const rows = tf.slice(tf.reshape(all, [size, outputs, dimension]), [0, output, 0], [size, 1, dimension]);
      return tf.reshape(rows, [size, dimension]) as tf.Tensor2D;
    }),
  );
}

/** J J^T. */
export function gramOfGradients(lens: WorkingLens, output?: number): tf.Tensor2D {
  return lens.once(named('gramOfInputGradients', output), () => {
    const rows = inputGradients(lens, output);
    return lens.scope.own((): tf.Tensor2D => tf.matMul(rows, rows, false, true));
  });
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
