import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import type { EventualOperator } from '../linalg/topEigenpairs.ts';
import { gradients, pushForward } from '../models/model.ts';
import type { OutputCurvature } from './outputCurvature.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/** What stands beside the Jacobian J of the outputs, `[n c, P]`, in {@link jacobianOperator}. */
export interface JacobianWeights {
  /** Default: the identity. */
  readonly curvature?: OutputCurvature;
  /** Default: the identity. Takes and gives tensors in the order of the parameters; the result is the caller's. */
  readonly precondition?: (directions: readonly tf.Tensor[]) => tf.Tensor[];
}

/**
 * Residual, relative to the largest eigenvalue, to which eigenpairs of such float32 products are worth finding: their
 * rounding is some 1e-6. An eigenvalue is nearer than that to a true one, by its square where there is a gap.
 */
export const productNoise = 1e-5;

/**
 * u -> B^T J P^{-1} J^T B u over the outputs, order n c, without J: a backward pass for J^T and a forward one for J,
 * some four layer products each, in the backend's float32. With B = P = 1 it is the tangent kernel; with the loss's
 * curvature B B^T its eigenvalues are those of P^{-1/2} H P^{-1/2}, H the Gauss-Newton matrix.
 */
export function jacobianOperator(lens: WorkingLens, { curvature, precondition }: JacobianWeights): EventualOperator {
  const trace = lens.trace();
  const { size, outputs } = lens;
  const order = size * outputs;
  const image = (vector: Float64Array): Eventual<Float32Array> => {
    const product = tf.tidy(() => {
      const u = tf.tensor2d(Float32Array.from(vector), [size, outputs]);
      const pulled = gradients(trace, curvature?.factor(u) ?? u, lens.knownSensitivities());
      const flat = pulled.flat();
      const moved = precondition?.(flat) ?? flat;
      let next = 0;
      const tangents = pulled.map((layer) => layer.map(() => moved[next++]!));
      const pushed = pushForward(trace, tangents);
      return curvature?.factorTransposed(pushed) ?? pushed;
    });
    return whenReady(read(product), (values) => {
      product.dispose();
      return values;
    });
  };
  return (input, output, count) => {
    const from = (index: number): Eventual<void> => {
      if (index === count) return;
      return whenReady(image(input.subarray(index * order, (index + 1) * order)), (values) => {
        output.set(values, index * order);
        return from(index + 1);
      });
    };
    return from(0);
  };
}
