import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import { type SymmetricOperator, topEigenpairs } from '../linalg/topEigenpairs.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Learning rate above which gradient descent on these samples is unstable in the kernel regime:
 * the optimizer's stability limit (2, with heavy-ball momentum 2 (1 + beta)) over lambda_max of the
 * Gauss-Newton matrix. For optimizers without a preconditioner.
 * Square loss: (1 + beta) n / lambda_max(K). Cross-entropy: (1 + beta) 2 n / lambda_max(B^T K B) with
 * B B^T the curvature of each sample's loss in its outputs (logistic: S = s(f)(1 - s(f))).
 * The exact local limit 2 / lambda_max(Hessian) differs by the curvature of the model itself.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 2.
 */
export function criticalLearningRate(lens: WorkingLens): Eventual<number> {
  const { loss, stabilityLimit } = lens.subject;
  const factor = stabilityLimit * lens.size;
  if (loss.curvature !== null) {
    const { curvature } = loss;
    return whenReady(lens.tangentKernelEigenpairs(1), ({ values }) => factor / (curvature * values[0]!));
  }
  return whenBoth(lens.tangentKernel(), lens.predictions(), (kernel, predictions) => {
    const curvature = loss.curvatureFactor(predictions, lens.samples.targets, lens.size)!;
    const operator = curvatureWeighted(symmetricOperator(kernel), curvature, lens.outputs, kernel.order);
    return factor / topEigenpairs(operator, kernel.order, 1).values[0]!;
  });
}

/** B^T K B for a block-diagonal B of c x c blocks. */
function curvatureWeighted(
  kernel: SymmetricOperator,
  blocks: Float64Array,
  outputs: number,
  order: number,
): SymmetricOperator {
  return (input, output, count) => {
    const weighted = new Float64Array(count * order);
    applyBlocks(blocks, outputs, input, weighted, count * order, order, false);
    const product = new Float64Array(count * order);
    kernel(weighted, product, count);
    applyBlocks(blocks, outputs, product, output, count * order, order, true);
  };
}

function applyBlocks(
  blocks: Float64Array,
  outputs: number,
  input: Float64Array,
  output: Float64Array,
  length: number,
  order: number,
  transposed: boolean,
): void {
  for (let at = 0; at < length; at++) {
    const inVector = at % order;
    const o = inVector % outputs;
    const sample = inVector - o;
    let sum = 0;
    for (let q = 0; q < outputs; q++) {
      const entry = transposed ? (sample + q) * outputs + o : (sample + o) * outputs + q;
      sum += blocks[entry]! * input[at - o + q]!;
    }
    output[at] = sum;
  }
}
