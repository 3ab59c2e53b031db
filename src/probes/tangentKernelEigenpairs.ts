import { type Eventual, whenReady } from '../eventual.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import {
  type TopEigenpairsOptions,
  topEigenpairs,
  topEigenpairsEventually,
  type WarmEigenpairs,
} from '../linalg/topEigenpairs.ts';
import type { Eigenpairs } from '../probe.ts';
import { jacobianOperator, productNoise } from './jacobianOperator.ts';
import type { KernelMemory, WorkingLens } from './workingLens.ts';

/**
 * Largest order n c at which eigenpairs are found from the kernel itself, some 100 MB. Above it nothing of that size
 * is formed: each product with a vector is a backward and a forward pass.
 */
const largestFormedKernel = 5000;

/** Whether the kernel of these samples is small enough to be formed. */
export function formsKernel({ size, outputs, subject }: WorkingLens): boolean {
  return size * outputs <= (subject.largestFormedKernel ?? largestFormedKernel);
}

/** The memory of a lens at the start of a run. */
export function kernelMemory(): KernelMemory {
  return { rank: 1, starts: {} };
}

/** The `rank` largest eigenpairs of the tangent kernel, residual-checked and warm-started. */
export function tangentKernelEigenpairs(lens: WorkingLens, rank: number): Eventual<Eigenpairs> {
  const { memory } = lens;
  memory.rank = Math.max(memory.rank, Math.min(rank, lens.size * lens.outputs));
  const solved = memory.rank;
  const pairs = lens.once(`tangentKernelEigenpairs ${solved}`, () =>
    whenReady(solve(lens, solved, { start: memory.start }), (found) => {
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
    whenReady(solve(lens, rank, { start: memory.estimateStart ?? memory.start, tolerance: 1e-3 }), (found) => {
      if (Number.isFinite(found.residual)) memory.estimateStart = found.start;
      return found;
    }),
  );
}

function solve(lens: WorkingLens, rank: number, options: TopEigenpairsOptions): Eventual<WarmEigenpairs> {
  if (!formsKernel(lens)) {
    const order = lens.size * lens.outputs;
    return topEigenpairsEventually(jacobianOperator(lens, {}), order, rank, { tolerance: productNoise, ...options });
  }
  return whenReady(lens.tangentKernel(), (kernel) =>
    topEigenpairs(symmetricOperator(kernel), kernel.order, rank, options),
  );
}

/** The first pairs, with the residual of those alone. */
export function leading({ order, values, vectors, residuals }: WarmEigenpairs, rank: number): Eigenpairs {
  return {
    order,
    values: values.subarray(0, rank),
    vectors: vectors.subarray(0, rank * order),
    residual: Math.max(...residuals.subarray(0, rank)),
  };
}
