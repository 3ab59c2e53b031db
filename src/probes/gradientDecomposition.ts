import type { GradientDecomposition, NoiseScaleEstimate } from '../probe.ts';

/**
 * A batch's gradient g against the full one G: g = a G + noise, a = g . G / |G|^2, the noise orthogonal to G. Vectors
 * over all parameters.
 * Source: Li et al. 2024 (arXiv 2403.12350), the decomposition that motivates Friendly SAM.
 */
export function gradientDecomposition(batch: Float32Array, full: Float32Array): GradientDecomposition {
  const squares = inner(full, full);
  const coefficient = squares > 0 ? inner(batch, full) / squares : 0;
  let noise = 0;
  for (let index = 0; index < full.length; index++) noise += (batch[index]! - coefficient * full[index]!) ** 2;
  const batchNorm = Math.sqrt(inner(batch, batch));
  const fullNorm = Math.sqrt(squares);
  return {
    batchNorm,
    fullNorm,
    cosine: cosine(batch, full),
    coefficient,
    projectionNorm: Math.abs(coefficient) * fullNorm,
    noiseNorm: Math.sqrt(noise),
  };
}

/** Cosine of two vectors; NaN where one of them is 0. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
}

/** |g|^2 of a vector. */
export function squaredLength(vector: Float32Array): number {
  return inner(vector, vector);
}

/**
 * Trace of the covariance of single samples' gradients and |G|^2, each without bias, from the mean squared length of
 * gradients of `small` samples and the squared length of one of `big`. |G|^2 comes out negative where it is small
 * against the noise.
 * Source: McCandlish et al. 2018 (arXiv 1812.06162), appendix A.1.
 */
export function twoBatchEstimate(
  small: { readonly size: number; readonly squaredNorm: number },
  big: { readonly size: number; readonly squaredNorm: number },
): NoiseScaleEstimate {
  return {
    squaredGradient: (big.size * big.squaredNorm - small.size * small.squaredNorm) / (big.size - small.size),
    noiseTrace: (small.squaredNorm - big.squaredNorm) / (1 / small.size - 1 / big.size),
  };
}

/**
 * Trace of the sample covariance of the gradients of n samples, from their squared lengths and that of their mean G:
 * (sum |g_i|^2 - n |G|^2) / (n - 1). NaN for one sample.
 */
export function noiseTrace(sampleNorms: Float64Array, squaredGradient: number): number {
  const count = sampleNorms.length;
  const total = sampleNorms.reduce((sum, value) => sum + value, 0);
  return (total - count * squaredGradient) / (count - 1);
}

function inner(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
