import type { TransitionClass } from './transitionEvent.ts';

/** Where a change passes 10, 50 and 90 %, in the logarithm of continuous time. */
export interface TransitionShape {
  readonly x10: number;
  readonly x50: number;
  readonly x90: number;
}

/**
 * Measures a change from level `from` to level `to` on observations first..end-1 of `xs`.
 *
 * 10 %: the last crossing before the middle; 90 %: the first after it, both on the smoothed values. 50 %: a weighted
 * straight line through the logit of the raw values between 20 and 80 %, which uses all of them (a logistic is
 * straight there, and weights p(1-p) squared make the noise even); the crossing itself if there are too few.
 */
export function transitionShape(
  xs: Float64Array,
  smooth: Float64Array,
  raw: Float64Array,
  first: number,
  end: number,
  from: number,
  to: number,
): TransitionShape {
  const span = to - from;
  const share = (i: number): number => (smooth[i]! - from) / span;
  let firstHalf = Number.NaN;
  let lastHalf = Number.NaN;
  let half = end - 1;
  for (let i = first + 1; i < end; i++) {
    if (share(i - 1) < 0.5 === share(i) < 0.5) continue;
    const x = crossing(xs, share, i, 0.5);
    if (Number.isNaN(firstHalf)) {
      firstHalf = x;
      half = i;
    }
    lastHalf = x;
  }
  let x50 = (firstHalf + lastHalf) / 2;
  let x10 = xs[first]!;
  for (let i = first + 1; i <= half; i++) {
    if (share(i - 1) < 0.1 && share(i) >= 0.1) x10 = crossing(xs, share, i, 0.1);
  }
  let x90 = xs[end - 1]!;
  for (let i = half; i < end; i++) {
    if (i > first && share(i - 1) < 0.9 && share(i) >= 0.9) {
      x90 = crossing(xs, share, i, 0.9);
      break;
    }
  }
  if (Number.isNaN(x50)) x50 = (x10 + x90) / 2;

  let weight = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  let used = 0;
  for (let i = first; i < end; i++) {
    const x = xs[i]!;
    const u = (raw[i]! - from) / span;
    // Chosen by the smoothed value: choosing by the noisy one would bend the line.
    const s = share(i);
    if (x < x10 || x > x90 || !(s > 0.15 && s < 0.85) || !(u > 0.03 && u < 0.97)) continue;
    const w = (s * (1 - s)) ** 2;
    const y = Math.log(u / (1 - u));
    const dx = x - x50;
    weight += w;
    sumX += w * dx;
    sumY += w * y;
    sumXX += w * dx * dx;
    sumXY += w * dx * y;
    used += 1;
  }
  const slope = (weight * sumXY - sumX * sumY) / (weight * sumXX - sumX * sumX);
  const fitted = x50 + (sumX - sumY / slope) / weight;
  if (used >= 3 && slope > 0 && fitted > x10 && fitted < x90) x50 = fitted;
  return { x10, x50, x90 };
}

function crossing(xs: Float64Array, share: (i: number) => number, i: number, level: number): number {
  const a = share(i - 1);
  const b = share(i);
  return xs[i - 1]! + ((level - a) / (b - a)) * (xs[i]! - xs[i - 1]!);
}

/**
 * Names a change. `xMemorised` is NaN if the training set is not memorised; `rise` is in accuracy (or -ln loss).
 * A change counts from `least` on; it must begin at twice the time of memorisation or later, and it is sharp if
 * ln(t90/t10) <= min(ln 30, 0.7 max(1, ln(t10/t_memorised))). After Lyu et al. 2024 (arXiv 2311.18817).
 */
export function transitionClass(
  shape: TransitionShape,
  xMemorised: number,
  rise: number,
  least: number,
): TransitionClass {
  const delay = shape.x10 - xMemorised;
  if (!(Math.abs(rise) >= least) || !(delay >= Math.LN2)) return 'none';
  const sharp = Math.min(Math.log(30), 0.7 * Math.max(1, delay));
  if (shape.x90 - shape.x10 > sharp) return 'gradual';
  return rise > 0 ? 'grokking' : 'misgrokking';
}
