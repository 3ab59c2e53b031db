import { symmetricSolve } from '../linalg/symmetricSolve.ts';
import { combination } from './gram.ts';

export interface InteriorPointSolution {
  readonly weights: Float64Array;
  /** lambda, one for each condition; at least 0 where the conditions are inequalities. */
  readonly multipliers: Float64Array;
  /** Largest violation of a condition. */
  readonly violation: number;
}

const mostIterations = 80;
const tolerance = 1e-8;

/**
 * min |w|_1 with A w = b or A w >= b as a linear program, w = p - q with p, q >= 0 and A w - s = b with s >= 0, by the
 * primal-dual interior-point method with predictor and corrector. Each iteration forms and factorises the matrix
 * A diag(p/z_p + q/z_q) A^T (+ diag(s/z_s)), size^2 d flops.
 * Source: Mehrotra 1992 (SIAM Journal on Optimization 2); Nocedal and Wright 2006, algorithm 14.3.
 * @param rows A, row-major, `[bounds.length, d]`
 * @returns undefined when it does not converge, as where no w satisfies the conditions.
 */
export function interiorPoint(
  rows: Float64Array,
  bounds: ArrayLike<number>,
  inequalities: boolean,
): InteriorPointSolution | undefined {
  const program = new Program(rows, bounds, inequalities);
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    if (program.solved(tolerance)) return program.solution();
    try {
      program.advance();
    } catch (error) {
      // A matrix that cannot be factorised any more: as far as float64 goes.
      if (error instanceof RangeError) break;
      throw error;
    }
  }
  // Where more conditions are tight than coordinates have weight, rounding may leave a residual a little larger.
  return program.solved(1000 * tolerance) ? program.solution() : undefined;
}

/** min c . x with G x = b, x >= 0; x holds p, q and, with inequalities, s. */
class Program {
  readonly #rows: Float64Array;
  readonly #bounds: ArrayLike<number>;
  readonly #size: number;
  readonly #dimension: number;
  readonly #costs: Float64Array;
  readonly #x: Float64Array;
  readonly #z: Float64Array;
  readonly #lambda: Float64Array;
  #primalResidual: Float64Array;
  #dualResidual: Float64Array;

  constructor(rows: Float64Array, bounds: ArrayLike<number>, inequalities: boolean) {
    this.#rows = rows;
    this.#bounds = bounds;
    this.#size = bounds.length;
    this.#dimension = rows.length / bounds.length;
    const width = 2 * this.#dimension + (inequalities ? this.#size : 0);
    this.#costs = new Float64Array(width).fill(1, 0, 2 * this.#dimension);
    this.#x = new Float64Array(width).fill(1);
    this.#z = new Float64Array(width).fill(1);
    this.#lambda = new Float64Array(this.#size);
    this.#primalResidual = new Float64Array(0);
    this.#dualResidual = new Float64Array(0);
    this.#measure();
  }

  #measure(): void {
    const image = this.#image(this.#x);
    this.#primalResidual = image.map((value, i) => this.#bounds[i]! - value);
    const pulled = this.#pulled(this.#lambda);
    this.#dualResidual = pulled.map((value, j) => this.#costs[j]! - value - this.#z[j]!);
  }

  solved(tolerance: number): boolean {
    const cost = dot(this.#costs, this.#x);
    const scale = 1 + Math.abs(cost);
    return (
      dot(this.#x, this.#z) <= tolerance * scale &&
      largest(this.#primalResidual) <= tolerance * scale &&
      largest(this.#dualResidual) <= tolerance * scale
    );
  }

  /** One step: where the linearised conditions lead, then corrected for what they leave out. */
  advance(): void {
    const width = this.#x.length;
    const normal = this.#normalMatrix();
    const mean = dot(this.#x, this.#z) / width;
    const predicted = this.#direction(
      normal,
      this.#x.map((value, j) => -value * this.#z[j]!),
    );
    const reach = (dx: Float64Array, dz: Float64Array) => [longest(this.#x, dx), longest(this.#z, dz)] as const;
    const [ofX, ofZ] = reach(predicted.dx, predicted.dz);
    let left = 0;
    for (let j = 0; j < width; j++) {
      left += (this.#x[j]! + ofX * predicted.dx[j]!) * (this.#z[j]! + ofZ * predicted.dz[j]!);
    }
    // No nearer to the boundary than is asked for: there the matrix loses its rank.
    const aim = Math.max((left / width / mean) ** 3 * mean, (0.1 * tolerance) / width);
    const { dx, dz, dlambda } = this.#direction(
      normal,
      this.#x.map((value, j) => aim - value * this.#z[j]! - predicted.dx[j]! * predicted.dz[j]!),
    );
    const [stepX, stepZ] = reach(dx, dz).map((step) => Math.min(1, 0.995 * step)) as [number, number];
    for (let j = 0; j < width; j++) {
      this.#x[j]! += stepX * dx[j]!;
      this.#z[j]! += stepZ * dz[j]!;
    }
    for (let i = 0; i < this.#size; i++) this.#lambda[i]! += stepZ * dlambda[i]!;
    this.#measure();
  }

  /** Solves for the change that takes the residuals to 0 and x z to x z + `products`, to first order. */
  #direction(normal: Float64Array, products: Float64Array) {
    const inner = products.map((value, j) => (value - this.#x[j]! * this.#dualResidual[j]!) / this.#z[j]!);
    const right = this.#image(inner).map((value, i) => this.#primalResidual[i]! - value);
    const dlambda = refinedSolve(normal, right, this.#size);
    const pulled = this.#pulled(dlambda);
    const dz = pulled.map((value, j) => this.#dualResidual[j]! - value);
    const dx = dz.map((value, j) => (products[j]! - this.#x[j]! * value) / this.#z[j]!);
    return { dx, dz, dlambda };
  }

  /** G diag(x / z) G^T */
  #normalMatrix(): Float64Array {
    const size = this.#size;
    const d = this.#dimension;
    const weights = Float64Array.from(
      { length: d },
      (_, j) => this.#x[j]! / this.#z[j]! + this.#x[d + j]! / this.#z[d + j]!,
    );
    const matrix = new Float64Array(size * size);
    const weighted = new Float64Array(d);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < d; j++) weighted[j] = this.#rows[i * d + j]! * weights[j]!;
      for (let k = 0; k <= i; k++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += weighted[j]! * this.#rows[k * d + j]!;
        matrix[i * size + k] = sum;
        matrix[k * size + i] = sum;
      }
      const slack = 2 * d + i;
      if (slack < this.#x.length) matrix[i * size + i]! += this.#x[slack]! / this.#z[slack]!;
    }
    return matrix;
  }

  /** G x */
  #image(x: Float64Array): Float64Array {
    const d = this.#dimension;
    return Float64Array.from({ length: this.#size }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += this.#rows[i * d + j]! * (x[j]! - x[d + j]!);
      return sum - (x[2 * d + i] ?? 0);
    });
  }

  /** G^T lambda */
  #pulled(lambda: Float64Array): Float64Array {
    const d = this.#dimension;
    const sums = combination(this.#rows, lambda, d);
    return this.#x.map((_, j) => (j < d ? sums[j]! : j < 2 * d ? -sums[j - d]! : -lambda[j - 2 * d]!));
  }

  solution(): InteriorPointSolution {
    const d = this.#dimension;
    const inequalities = this.#x.length > 2 * d;
    const weights = Float64Array.from({ length: d }, (_, j) => this.#x[j]! - this.#x[d + j]!);
    let violation = 0;
    for (let i = 0; i < this.#size; i++) {
      let shortfall = this.#bounds[i]!;
      for (let j = 0; j < d; j++) shortfall -= this.#rows[i * d + j]! * weights[j]!;
      violation = Math.max(violation, inequalities ? shortfall : Math.abs(shortfall));
    }
    const multipliers = inequalities ? this.#lambda.map((value) => Math.max(0, value)) : this.#lambda.slice();
    return { weights, multipliers, violation };
  }
}

/**
 * Solves A x = b where A has next to no full rank, as at the end, when only a few coordinates have weight: a little is
 * added to the diagonal, and what that has changed is put right twice.
 */
function refinedSolve(matrix: Float64Array, right: Float64Array, order: number): Float64Array {
  const firm = matrix.slice();
  for (let i = 0; i < order; i++) firm[i * order + i]! *= 1 + 1e-11;
  const solution = symmetricSolve(firm, right, order);
  for (let round = 0; round < 2; round++) {
    const left = right.map((value, i) => value - dot(matrix.subarray(i * order, (i + 1) * order), solution));
    symmetricSolve(firm, left, order).forEach((value, i) => {
      solution[i]! += value;
    });
  }
  return solution;
}

/** The longest step along a direction that leaves every number at least 0. */
function longest(values: Float64Array, direction: Float64Array): number {
  let step = 1 / 0.995;
  for (let j = 0; j < values.length; j++) {
    if (direction[j]! < 0) step = Math.min(step, -values[j]! / direction[j]!);
  }
  return step;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
