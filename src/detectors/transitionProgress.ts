import type { MetricScale } from './metricScale.ts';
import type { TransitionMemory } from './transitionMemory.ts';
import type { TransitionTrail } from './transitionTrail.ts';

/** Settled: the window's halves differ by at most the first share of the change, known to the second. */
const SLOPE = 0.08;
const DOUBT = 0.1;

/**
 * Whether the change under way is over at the smoothed observation `centre`, and how it has ended.
 * @param least smallest change in y that counts: a smaller one is not waited for as if it did, or it would hide a
 * real one behind the slow drift of its level.
 */
export function transitionProgress(
  m: TransitionMemory,
  trail: TransitionTrail,
  scale: MetricScale,
  sigma: number,
  centre: number,
  least: number,
): 'moving' | 'taken back' | 'settled' {
  const { xs, raw, smooth } = trail;
  const base = scale.z(m.from);
  const isBack = (i: number): boolean => (scale.z(smooth[i]!) - base) * m.moving < 1.2 * sigma;
  if (isBack(centre) && isBack(centre - 1)) return 'taken back';
  const window = trail.settlingTime(xs[centre]!, beginning(m, trail, scale, centre));
  const since = xs[centre]! - window;
  if (since < m.onsetX) return 'moving';
  // Means of the first and second half of the window must agree.
  let early = 0;
  let earlyCount = 0;
  let late = 0;
  let lateCount = 0;
  for (let i = centre; i > m.onset && xs[i]! >= since; i--) {
    if (xs[i]! >= since + window / 2) {
      late += scale.z(raw[i]!);
      lateCount += 1;
    } else {
      early += scale.z(raw[i]!);
      earlyCount += 1;
    }
  }
  if (earlyCount < 3 || lateCount < 3) return 'moving';
  early /= earlyCount;
  late /= lateCount;
  // z is at least as steep as y, so that this concerns changes below `least` only.
  const rise = Math.max(Math.abs(late - base), least);
  const doubt = sigma * Math.sqrt(1 / earlyCount + 1 / lateCount);
  // Both the slope and what noise hides of it must be small against the change: else a slow change would end half-way.
  if (Math.abs(late - early) > SLOPE * rise || doubt > DOUBT * rise) return 'moving';
  const spread = Math.max(0.15 * rise, 2 * sigma);
  for (let i = centre; i > m.onset && xs[i]! >= since; i--) {
    if (Math.abs(scale.z(smooth[i]!) - late) > spread) return 'moving';
  }
  return 'settled';
}

/** How much of the change is its beginning: what crept before it does not say how long the change takes. */
const BEGUN = 0.1;

/** When the change so far had last done a tenth of itself. */
function beginning(m: TransitionMemory, { xs, smooth }: TransitionTrail, scale: MetricScale, centre: number): number {
  const base = scale.z(m.from);
  const rise = scale.z(smooth[centre]!) - base;
  for (let i = centre; i > m.onset; i--) {
    if ((scale.z(smooth[i]!) - base - BEGUN * rise) * m.moving < 0) return xs[i]!;
  }
  return m.onsetX;
}
