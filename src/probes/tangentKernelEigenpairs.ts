import { type Eventual, whenReady } from '../eventual.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import { topEigenpairs } from '../linalg/topEigenpairs.ts';
import type { Eigenpairs } from '../probe.ts';
import type { ModelLens } from './lens.ts';

/** What the eigensolver of one lens keeps from step to step. */
export interface KernelMemory {
  /** The largest rank asked for exactly so far: from the second step on, one solve serves every operator. */
  exact: number;
  /** The largest rank asked for as an estimate. */
  estimated: number;
  /** The previous step's eigenvectors and the guard vector behind them. */
  start?: Float64Array;
}

export function kernelMemory(): KernelMemory {
  return { exact: 1, estimated: 1 };
}

/** Residual, relative to lambda_1, of pairs that are only estimated. */
const estimateTolerance = 1e-3;

/** The `rank` largest eigenpairs of the tangent kernel, residual-checked and warm-started. */
export function tangentKernelEigenpairs(lens: ModelLens, rank: number): Eventual<Eigenpairs> {
  const { memory } = lens;
  memory.exact = Math.max(memory.exact, Math.min(rank, lens.size * lens.outputs));
  return whenReady(solved(lens), (all) => leading(all, rank));
}

/**
 * The same to a residual of 1e-3 lambda_1 in all but those pairs that somebody wants exactly. Behind the
 * first, the eigenvalues of a tangent kernel lie close together, and telling them apart to the last digit
 * costs tens of products, where their common span is there after a few.
 */
export function tangentKernelEigenpairsEstimate(lens: ModelLens, rank: number): Eventual<Eigenpairs> {
  const { memory } = lens;
  memory.estimated = Math.max(memory.estimated, Math.min(rank, lens.size * lens.outputs));
  return whenReady(solved(lens), (all) => leading(all, rank));
}

function solved(lens: ModelLens): Eventual<Eigenpairs> {
  const { memory } = lens;
  const { exact } = memory;
  const rank = Math.max(exact, memory.estimated);
  return lens.once(`tangentKernelEigenpairs ${exact} ${rank}`, () =>
    whenReady(lens.tangentKernel(), (kernel) => {
      const found = topEigenpairs(symmetricOperator(kernel), kernel.order, rank, {
        start: memory.start,
        tolerance: (k) => (k < exact ? 3e-7 : estimateTolerance),
      });
      if (Number.isFinite(found.residual)) memory.start = found.start;
      return found;
    }),
  );
}

function leading(pairs: Eigenpairs, rank: number): Eigenpairs {
  if (rank >= pairs.values.length) return pairs;
  return { ...pairs, values: pairs.values.subarray(0, rank), vectors: pairs.vectors.subarray(0, rank * pairs.order) };
}
