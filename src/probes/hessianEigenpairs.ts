import { type Eventual, whenReady } from '../eventual.ts';
import { type EventualOperator, topEigenpairsEventually, type WarmEigenpairs } from '../linalg/topEigenpairs.ts';
import type { Eigenpairs, HessianEnd } from '../probe.ts';
import { hessianProduct } from './hessianProduct.ts';
import { productNoise } from './jacobianOperator.ts';
import { parameterCount } from './parameterVectors.ts';
import { leading } from './tangentKernelEigenpairs.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Eigenpairs of the exact Hessian of the loss, order P: the largest, the smallest (ascending), or the largest in size.
 * Matrix-free, residual-checked, warm-started from the previous step: some five products for the first pair, tens for
 * several that lie close together.
 */
export function hessianEigenpairs(lens: WorkingLens, rank: number, end: HessianEnd): Eventual<Eigenpairs> {
  const order = parameterCount(lens.subject.network);
  const known = lens.once(`hessian ${end}`, (): { solved?: number; pairs?: Eventual<WarmEigenpairs> } => ({}));
  // A larger rank has the smaller in it.
  if (known.pairs === undefined || known.solved! < Math.min(rank, order)) {
    known.solved = Math.min(rank, order);
    known.pairs = solve(lens, known.solved, order, end);
  }
  return whenReady(known.pairs, (all) => leading(all, rank));
}

function solve(lens: WorkingLens, rank: number, order: number, end: HessianEnd): Eventual<WarmEigenpairs> {
  const { starts } = lens.memory;
  const name = `hessian ${end}`;
  const sign = end === 'smallest' ? -1 : 1;
  const solved = topEigenpairsEventually(hessianOperator(lens, order, sign), order, rank, {
    start: starts[name],
    tolerance: productNoise,
    largest: end === 'magnitude' ? 'magnitude' : 'value',
  });
  return whenReady(solved, (pairs) => {
    if (Number.isFinite(pairs.residual)) starts[name] = pairs.start;
    return sign === 1 ? pairs : { ...pairs, values: pairs.values.map((value) => -value) };
  });
}

/** v -> sign H v. */
function hessianOperator(lens: WorkingLens, order: number, sign: number): EventualOperator {
  return (input, output, count) => {
    const from = (index: number): Eventual<void> => {
      if (index === count) return;
      const direction = Float32Array.from(input.subarray(index * order, (index + 1) * order));
      return whenReady(hessianProduct(lens, direction), (product) => {
        for (let i = 0; i < order; i++) output[index * order + i] = sign * product[i]!;
        return from(index + 1);
      });
    };
    return from(0);
  };
}

/**
 * The optimizer's stability limit over lambda_max of the exact Hessian, 2 / lambda_max for gradient descent: the local
 * limit itself, which {@link criticalLearningRate} approximates by the Gauss-Newton matrix. Null where no direction
 * curves upwards. Of preconditioned methods it is not the limit, and asking is an error.
 * @throws {Error} for a preconditioned optimizer.
 */
export function hessianCriticalLearningRate(lens: WorkingLens): Eventual<number | null> {
  const { stabilityLimit, precondition } = lens.subject;
  if (precondition !== undefined) {
    throw new Error(
      'hessianCriticalLearningRate: the optimizer is preconditioned; preconditionedCriticalLearningRate() takes that in',
    );
  }
  return whenReady(hessianEigenpairs(lens, 1, 'largest'), ({ values }) =>
    values[0]! > 0 ? stabilityLimit / values[0]! : null,
  );
}
