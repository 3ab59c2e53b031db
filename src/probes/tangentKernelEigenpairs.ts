import { type Eventual, whenReady } from '../eventual.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import { topEigenpairs } from '../linalg/topEigenpairs.ts';
import type { Eigenpairs } from '../probe.ts';
import type { ModelLens } from './lens.ts';

/** What the eigensolver of one lens keeps from step to step. */
export interface KernelMemory {
  /** The largest rank asked for so far: from the second step on, one solve serves every operator. */
  rank: number;
  /** The previous step's eigenvectors. */
  vectors?: Float64Array;
}

/** The `rank` largest eigenpairs of the tangent kernel, residual-checked and warm-started. */
export function tangentKernelEigenpairs(lens: ModelLens, rank: number): Eventual<Eigenpairs> {
  const { memory } = lens;
  memory.rank = Math.max(memory.rank, Math.min(rank, lens.size * lens.outputs));
  const solved = memory.rank;
  const pairs = lens.once(`tangentKernelEigenpairs ${solved}`, () =>
    whenReady(lens.tangentKernel(), (kernel) => {
      const found = topEigenpairs(symmetricOperator(kernel), kernel.order, solved, { start: memory.vectors });
      if (Number.isFinite(found.residual)) memory.vectors = found.vectors;
      return found;
    }),
  );
  return whenReady(pairs, (all) => leading(all, rank));
}

function leading(pairs: Eigenpairs, rank: number): Eigenpairs {
  if (rank >= pairs.values.length) return pairs;
  return { ...pairs, values: pairs.values.subarray(0, rank), vectors: pairs.vectors.subarray(0, rank * pairs.order) };
}
