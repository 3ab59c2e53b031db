/**
 * All eigenpairs of a small symmetric matrix by cyclic Jacobi rotations: simple, and accurate to the last
 * bits, which suits the projected problems of {@link topEigenpairs}. O(order^3) a sweep, some six sweeps.
 * @param matrix `order * order` numbers, row-major; overwritten.
 * @returns eigenvalues descending, eigenvectors as rows.
 */
export function symmetricEigen(matrix: Float64Array, order: number): { values: Float64Array; vectors: Float64Array } {
  const v = new Float64Array(order * order);
  for (let i = 0; i < order; i++) v[i * order + i] = 1;
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    let diagonal = 0;
    // Largest entries rather than sums of squares, which would overflow or vanish far from 1.
    for (let i = 0; i < order; i++) {
      diagonal = Math.max(diagonal, Math.abs(matrix[i * order + i]!));
      for (let j = i + 1; j < order; j++) off = Math.max(off, Math.abs(matrix[i * order + j]!));
    }
    if (!(off > 1e-16 * diagonal)) break;
    for (let p = 0; p < order; p++) for (let q = p + 1; q < order; q++) rotate(matrix, v, order, p, q);
  }
  const ranks = Array.from({ length: order }, (_, i) => i).sort(
    (a, b) => matrix[b * order + b]! - matrix[a * order + a]!,
  );
  const values = Float64Array.from(ranks, (i) => matrix[i * order + i]!);
  const vectors = new Float64Array(order * order);
  ranks.forEach((from, to) => {
    vectors.set(v.subarray(from * order, (from + 1) * order), to * order);
  });
  return { values, vectors };
}

/** Annihilates entry (p, q); the rows of `v` collect the eigenvectors. */
function rotate(a: Float64Array, v: Float64Array, order: number, p: number, q: number): void {
  const apq = a[p * order + q]!;
  if (apq === 0) return;
  const theta = (a[q * order + q]! - a[p * order + p]!) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < order; k++) {
    const akp = a[k * order + p]!;
    const akq = a[k * order + q]!;
    a[k * order + p] = c * akp - s * akq;
    a[k * order + q] = s * akp + c * akq;
  }
  for (let k = 0; k < order; k++) {
    const apk = a[p * order + k]!;
    const aqk = a[q * order + k]!;
    a[p * order + k] = c * apk - s * aqk;
    a[q * order + k] = s * apk + c * aqk;
    const vpk = v[p * order + k]!;
    const vqk = v[q * order + k]!;
    v[p * order + k] = c * vpk - s * vqk;
    v[q * order + k] = s * vpk + c * vqk;
  }
}
