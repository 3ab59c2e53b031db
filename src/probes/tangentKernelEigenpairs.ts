import { type Eventual, whenReady } from '../eventual.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import { topEigenpairs, type WarmEigenpairs } from '../linalg/topEigenpairs.ts';
import type { Eigenpairs } from '../probe.ts';
import type { KernelMemory, WorkingLens } from './workingLens.ts';

/** The memory of a lens at the start of a run. */
export function kernelMemory(): KernelMemory {
  return { rank: 1 };
}

/** The `rank` largest eigenpairs of the tangent kernel, residual-checked and warm-started. */
export function tangentKernelEigenpairs(lens: WorkingLens, rank: number): Eventual<Eigenpairs> {
  const { memory } = lens;
  memory.rank = Math.max(memory.rank, Math.min(rank, lens.size * lens.outputs));
  const solved = memory.rank;
  const pairs = lens.once(`tangentKernelEigenpairs ${solved}`, () =>
    whenReady(lens.tangentKernel(), (kernel) => {
      const found = topEigenpairs(symmetricOperator(kernel), kernel.order, solved, { start: memory.start });
      if (Number.isFinite(found.residual)) memory.start = found.start;
      return found;
    }),
  );
  return whenReady(pairs, (all) => leading(all, rank));
}

/**
 * The same to a residual of 1e-3 lambda_1. Behind the first, the eigenvalues of a tangent kernel lie close
 * together, and telling them apart to the last digit costs tens of products, where their common span is there
 * after a few.
 */
export function tangentKernelEigenpairsEstimate(lens: WorkingLens, rank: number): Eventual<Eigenpairs> {
  const { memory } = lens;
  return lens.once(`tangentKernelEigenpairsEstimate ${rank}`, () =>
    whenReady(lens.tangentKernel(), (kernel) => {
      const found = topEigenpairs(symmetricOperator(kernel), kernel.order, rank, {
        start: memory.estimateStart ?? memory.start,
        tolerance: 1e-3,
      });
      if (Number.isFinite(found.residual)) memory.estimateStart = found.start;
      return found;
    }),
  );
}

/** The first pairs, with the residual of those alone. */
function leading({ order, values, vectors, residuals }: WarmEigenpairs, rank: number): Eigenpairs {
  return {
    order,
    values: values.subarray(0, rank),
    vectors: vectors.subarray(0, rank * order),
    residual: Math.max(...residuals.subarray(0, rank)),
  };
}
