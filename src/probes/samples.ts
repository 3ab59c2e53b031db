import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '../tasks/task.ts';
import type { TensorScope } from '../tensorScope.ts';

/** Samples on the backend: inputs `[n, d]` as a tensor; targets, `n * c` numbers, stay with the float64 statistics. */
export interface Samples {
  readonly inputs: tf.Tensor2D;
  readonly targets: Float32Array;
  readonly size: number;
  readonly dimension: number;
  readonly outputs: number;
  /** X X^T, `[n, n]`, computed once: for samples that stay, it costs nothing from the second step on. */
  inputGram(): tf.Tensor2D;
}

/** Puts a data set, or the given rows of it, on the backend; the tensors belong to `scope`. */
export function samplesOf(dataset: Dataset, scope: TensorScope, rows?: Int32Array): Samples {
  const { dimension, outputs } = dataset;
  const size = rows?.length ?? dataset.size;
  const values = rows === undefined ? dataset.inputs : gather(dataset.inputs, dimension, rows);
  const inputs = scope.own(() => tf.tensor2d(values, [size, dimension]));
  let gram: tf.Tensor2D | undefined;
  return {
    inputs,
    targets: rows === undefined ? dataset.targets : gather(dataset.targets, outputs, rows),
    size,
    dimension,
    outputs,
    inputGram() {
      gram ??= scope.own((): tf.Tensor2D => tf.matMul(inputs, inputs, false, true));
      return gram;
    },
  };
}

function gather(values: Float32Array, width: number, rows: Int32Array): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  for (let index = 0; index < rows.length; index++) {
    const from = rows[index]! * width;
    gathered.set(values.subarray(from, from + width), index * width);
  }
  return gathered;
}
