import { TraceRandom } from '../../src/testing/traceRandom.ts';

/** What to train, and what to do to it. */
export interface Descent {
  readonly seed: number;
  /** Learning rate over critical at initialisation. */
  readonly rate: number;
  readonly momentum?: number;
  readonly loss?: 'squared' | 'logistic';
  readonly steps: number;
  /** At step 60: train one step on flipped labels, or multiply the output layer. */
  readonly disturb?: 'flip labels' | 'rescale output';
}

export interface DescentRow {
  readonly step: number;
  readonly loss: number;
  readonly lambdaMax: number;
  readonly lossTop: number;
  readonly rateToCritical: number;
}

const N = 80;
const D = 20;
const M = 128;
const TOP = 5;

/**
 * Full-batch gradient descent on f(x) = w2 . relu(W1 x / sqrt d) / sqrt m in float64, with its tangent kernel at every
 * step: small enough for a test, and independent of the library's own training and probes.
 */
export function twoLayerDescent(spec: Descent): DescentRow[] {
  const random = new TraceRandom(spec.seed);
  const logistic = spec.loss === 'logistic';
  const X = Float64Array.from({ length: N * D }, () => random.normal());
  const y = Float64Array.from({ length: N }, (_, i) => {
    const product = X[i * D]! * X[i * D + 1]!;
    return logistic ? Number(product > 0) : product + 0.1 * random.normal();
  });
  const W1 = Float64Array.from({ length: M * D }, () => random.normal());
  const w2 = Float64Array.from({ length: M }, () => random.normal());
  const speed1 = new Float64Array(M * D);
  const speed2 = new Float64Array(M);
  const gram = new Float64Array(N * N);
  for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) gram[i * N + j] = dot(X, i * D, X, j * D, D) / D;
  const H = new Float64Array(N * M);
  const A = new Float64Array(N * M);
  const K = new Float64Array(N * N);
  const basis = Float64Array.from({ length: TOP * N }, () => random.normal());
  const rows: DescentRow[] = [];
  let rate = 0;
  for (let step = 0; step < spec.steps; step++) {
    if (step === 60 && spec.disturb === 'rescale output') for (let k = 0; k < M; k++) w2[k]! *= 1.8;
    const flip = spec.disturb === 'flip labels' && step === 60;
    for (let i = 0; i < N; i++) {
      for (let k = 0; k < M; k++) {
        const z = dot(X, i * D, W1, k * D, D) / Math.sqrt(D);
        H[i * M + k] = Math.max(z, 0);
        A[i * M + k] = z > 0 ? w2[k]! : 0;
      }
    }
    // Residual of the loss in the output: f - y, or s(f) - y.
    const r = new Float64Array(N);
    const curvature = new Float64Array(N).fill(1);
    let loss = 0;
    for (let i = 0; i < N; i++) {
      const f = dot(H, i * M, w2, 0, M) / Math.sqrt(M);
      const target = flip ? (logistic ? 1 - y[i]! : -y[i]!) : y[i]!;
      if (logistic) {
        const s = 1 / (1 + Math.exp(-f));
        r[i] = s - target;
        curvature[i] = Math.sqrt(s * (1 - s));
        loss += (Math.max(f, 0) - f * target + Math.log1p(Math.exp(-Math.abs(f)))) / N;
      } else {
        r[i] = f - target;
        loss += r[i]! ** 2 / N;
      }
    }
    for (let i = 0; i < N; i++) {
      for (let j = 0; j <= i; j++) {
        const kernel = (dot(H, i * M, H, j * M, M) + gram[i * N + j]! * dot(A, i * M, A, j * M, M)) / M;
        K[i * N + j] = kernel * curvature[i]! * curvature[j]!;
        K[j * N + i] = K[i * N + j]!;
      }
    }
    const lambda = iterate(K, basis, step === 0 ? 60 : 3) / N;
    const critical = (logistic ? 2 : 1) * ((1 + (spec.momentum ?? 0)) / lambda);
    if (step === 0) rate = spec.rate * critical;
    let square = 0;
    for (let v = 0; v < TOP; v++) square += dot(basis, v * N, r, 0, N) ** 2;
    const whole = dot(r, 0, r, 0, N);
    // The loss in the top eigenspace; under the logistic loss, its share of the squared residual.
    const lossTop = logistic ? loss * (square / whole) : square / N;
    rows.push({ step, loss, lambdaMax: lambda, lossTop, rateToCritical: rate / critical });
    if (!(loss < 1e12)) break;

    const scale = (logistic ? 1 : 2) / N / Math.sqrt(M);
    for (let k = 0; k < M; k++) {
      let gradient2 = 0;
      const gradient1 = new Float64Array(D);
      for (let i = 0; i < N; i++) {
        gradient2 += r[i]! * H[i * M + k]!;
        const share = (r[i]! * A[i * M + k]!) / Math.sqrt(D);
        if (share !== 0) for (let j = 0; j < D; j++) gradient1[j]! += share * X[i * D + j]!;
      }
      speed2[k] = (spec.momentum ?? 0) * speed2[k]! + scale * gradient2;
      for (let j = 0; j < D; j++) {
        speed1[k * D + j] = (spec.momentum ?? 0) * speed1[k * D + j]! + scale * gradient1[j]!;
        W1[k * D + j]! -= rate * speed1[k * D + j]!;
      }
      w2[k]! -= rate * speed2[k]!;
    }
  }
  return rows;
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += a[i + k]! * b[j + k]!;
  return sum;
}

/** Subspace iteration in place, warm; returns the largest eigenvalue. */
function iterate(K: Float64Array, basis: Float64Array, times: number): number {
  let top = 0;
  for (let t = 0; t < times; t++) {
    const next = new Float64Array(TOP * N);
    for (let v = 0; v < TOP; v++) for (let i = 0; i < N; i++) next[v * N + i] = dot(K, i * N, basis, v * N, N);
    top = Math.sqrt(dot(next, 0, next, 0, N));
    for (let v = 0; v < TOP; v++) {
      for (let u = 0; u < v; u++) {
        const along = dot(next, v * N, next, u * N, N);
        for (let i = 0; i < N; i++) next[v * N + i]! -= along * next[u * N + i]!;
      }
      const norm = Math.sqrt(dot(next, v * N, next, v * N, N));
      for (let i = 0; i < N; i++) next[v * N + i]! /= norm;
    }
    basis.set(next);
  }
  return top;
}
