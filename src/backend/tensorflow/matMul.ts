import type { TensorInfo } from '@tensorflow/tfjs-core';
import { flag, ofFloats, type TensorflowCall } from './operation.ts';

type MatMulCall = TensorflowCall<{ a: TensorInfo; b: TensorInfo }, { transposeA: boolean; transposeB: boolean }>;

/**
 * `BatchMatMul` for the tensorflow backend: products with a vector, and of two vectors, by TensorFlow's `MatMul`, which
 * takes a third of the time for them. Not those of two matrices: a signal that arrives during one (Ctrl-C, the end of a
 * child process, a profiler) destroys the heap, seen with 2.18.1 on a processor with AVX-512.
 */
export function matMul(original: (call: MatMulCall) => TensorInfo): (call: MatMulCall) => TensorInfo {
  return (call) => {
    const { backend, inputs, attrs } = call;
    const { a, b } = inputs;
    const floats = a.dtype === 'float32' && b.dtype === 'float32';
    if (!floats || a.shape.length !== 2 || b.shape.length !== 2 || !hasVector(a, b)) return original(call);
    return backend.executeSingleOutput(
      'MatMul',
      [
        ofFloats(backend),
        flag(backend, 'transpose_a', attrs.transposeA),
        flag(backend, 'transpose_b', attrs.transposeB),
      ],
      [a, b],
    );
  };
}

/** Whether one of the factors has a side of length 1. */
function hasVector(a: TensorInfo, b: TensorInfo): boolean {
  return a.shape[0] === 1 || a.shape[1] === 1 || b.shape[0] === 1 || b.shape[1] === 1;
}
