import { type Eventual, isPromise, whenReady } from '../eventual.ts';
import type { EventualOperator } from './topEigenpairs.ts';

/** An approximate solution and |A x - b| / |b|, computed from the residual itself and not from its recursion. */
export interface LinearSolution {
  readonly solution: Float64Array;
  readonly residual: number;
}

/**
 * Solves A x = b for a symmetric positive semidefinite operator by conjugate gradients, from 0, so that a singular
 * system that has solutions gets its smallest.
 * @param tolerance of |A x - b| / |b|
 */
export function conjugateGradients(
  apply: EventualOperator,
  right: Float64Array,
  tolerance: number,
  maxProducts: number,
): Eventual<LinearSolution> {
  const search = searching(right, tolerance, maxProducts);
  const advance = (): Eventual<LinearSolution> => {
    for (;;) {
      const turn = search.next();
      if (turn.done) return turn.value;
      const applied = apply(turn.value.input, turn.value.output, 1);
      if (isPromise(applied)) return whenReady(applied, advance);
    }
  };
  return advance();
}

interface Product {
  readonly input: Float64Array;
  readonly output: Float64Array;
}

function* searching(right: Float64Array, tolerance: number, maxProducts: number): Generator<Product, LinearSolution> {
  const order = right.length;
  const solution = new Float64Array(order);
  const residual = right.slice();
  const direction = right.slice();
  const image = new Float64Array(order);
  const goal = dot(right, right) * tolerance ** 2;
  let squares = dot(residual, residual);
  for (let product = 0; squares > goal && product < maxProducts; product++) {
    yield { input: direction, output: image };
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const length = squares / curvature;
    for (let i = 0; i < order; i++) {
      solution[i]! += length * direction[i]!;
      residual[i]! -= length * image[i]!;
    }
    const before = squares;
    squares = dot(residual, residual);
    for (let i = 0; i < order; i++) direction[i] = residual[i]! + (squares / before) * direction[i]!;
  }
  yield { input: solution, output: image };
  for (let i = 0; i < order; i++) residual[i] = right[i]! - image[i]!;
  const size = dot(right, right);
  return { solution, residual: size > 0 ? Math.sqrt(dot(residual, residual) / size) : 0 };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
