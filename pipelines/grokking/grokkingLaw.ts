import type { Json } from '../../src/run.ts';
import { leastSquares } from '../../src/statistics/leastSquares.ts';
import type { Law } from '../pipeline.ts';

/**
 * The law of the transition's time, wd tau_50 = slope ln(alpha) + const with slope 1, fitted to runs of several alpha
 * whose transition was found. Null with fewer than three values of ln(alpha).
 * Source: Lyu et al. 2024 (arXiv 2311.18817), theorem 3.2 and corollary 3.3.
 */
export function grokkingLaw(results: readonly { readonly [name: string]: Json }[]): Law | null {
  const points = results.flatMap(({ lnAlpha, scaledT50, class: found }) =>
    typeof lnAlpha === 'number' && typeof scaledT50 === 'number' && found !== 'none' ? [{ lnAlpha, scaledT50 }] : [],
  );
  if (new Set(points.map(({ lnAlpha }) => lnAlpha)).size < 3) return null;
  const { slope, intercept, slopeError, residualDeviation } = leastSquares(
    points.map(({ lnAlpha }) => lnAlpha),
    points.map(({ scaledT50 }) => scaledT50),
  );
  const sign = intercept < 0 ? '-' : '+';
  return {
    text: `wd tau_50 = (${slope.toFixed(3)} +- ${slopeError.toFixed(3)}) ln(alpha) ${sign} ${Math.abs(intercept).toFixed(2)}, residual sd ${residualDeviation.toPrecision(2)}, ${points.length} runs; the theory's slope is 1`,
    numbers: { slope, slopeError, intercept, residualDeviation, runs: points.length },
  };
}
