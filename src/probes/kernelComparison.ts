import type { FeatureCorrelation, SymmetricMatrix } from '../probe.ts';

type Numbers = Float32Array | Float64Array;

/** |A - B| / |B|, Frobenius. */
export function relativeDistance(a: SymmetricMatrix, b: SymmetricMatrix): number {
  let difference = 0;
  let squares = 0;
  for (let index = 0; index < b.values.length; index++) {
    const entry = b.values[index]!;
    const off = a.values[index]! - entry;
    difference += off * off;
    squares += entry * entry;
  }
  return Math.sqrt(difference / squares);
}

/**
 * How alike two matrices are, entry by entry: <A, B> / (|A| |B|), and the same after each has lost its mean entry, from
 * one pass of sums.
 */
export function entryLikeness(a: Numbers, b: Numbers): FeatureCorrelation {
  let [ofA, ofB, squaresOfA, squaresOfB, inner] = [0, 0, 0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const x = a[index]!;
    const y = b[index]!;
    ofA += x;
    ofB += y;
    squaresOfA += x * x;
    squaresOfB += y * y;
    inner += x * y;
  }
  const count = a.length;
  return {
    cosine: inner / Math.sqrt(squaresOfA * squaresOfB),
    correlation:
      (inner - (ofA * ofB) / count) /
      Math.sqrt((squaresOfA - (ofA * ofA) / count) * (squaresOfB - (ofB * ofB) / count)),
  };
}

/**
 * Centred alignment of a kernel over n c outputs (sample-major) with the targets: the cosine of C K C with C y y^T C,
 * C taking from each output its mean over the samples. From 0 to 1; NaN where all targets of each output are equal.
 * Source: Cortes, Mohri and Rostamizadeh 2012 (JMLR 13), definition 4.
 */
export function targetAlignment({ order, values }: SymmetricMatrix, targets: Float32Array, outputs: number): number {
  const centred = centredByOutput(targets, outputs);
  const size = order / outputs;
  // C K C, entry by entry, from the means of K over the samples: of each row by output, and of those again.
  const rowMeans = new Float64Array(order * outputs);
  const means = new Float64Array(outputs * outputs);
  let inner = 0;
  for (let i = 0; i < order; i++) {
    for (let j = 0, p = 0; j < order; j++, p = p + 1 === outputs ? 0 : p + 1) {
      const entry = values[i * order + j]!;
      rowMeans[i * outputs + p]! += entry / size;
      // C is a projection: of C K C the part along C y y^T C is that of K.
      inner += entry * centred[i]! * centred[j]!;
    }
    for (let p = 0; p < outputs; p++) means[(i % outputs) * outputs + p]! += rowMeans[i * outputs + p]! / size;
  }
  let squares = 0;
  for (let i = 0; i < order; i++) {
    const o = i % outputs;
    for (let j = 0, p = 0; j < order; j++, p = p + 1 === outputs ? 0 : p + 1) {
      const entry =
        values[i * order + j]! - rowMeans[i * outputs + p]! - rowMeans[j * outputs + o]! + means[o * outputs + p]!;
      squares += entry * entry;
    }
  }
  return inner / (Math.sqrt(squares) * centred.reduce((sum, value) => sum + value * value, 0));
}

function centredByOutput(targets: Float32Array, outputs: number): Float64Array {
  const size = targets.length / outputs;
  const means = new Float64Array(outputs);
  targets.forEach((target, index) => {
    means[index % outputs]! += target / size;
  });
  return Float64Array.from(targets, (target, index) => target - means[index % outputs]!);
}
