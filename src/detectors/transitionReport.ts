import type { MetricScale } from './metricScale.ts';
import type { TransitionClass, TransitionEvent } from './transitionEvent.ts';
import type { TransitionMemory } from './transitionMemory.ts';
import { transitionClass, transitionShape } from './transitionShape.ts';
import type { TransitionTrail } from './transitionTrail.ts';

/** Report of the change under way, its shape not measured. */
export function outlineReport(
  m: TransitionMemory,
  trail: TransitionTrail,
  scale: MetricScale,
  state: 'open' | 'closed',
  name: TransitionClass,
  happened: string,
): TransitionEvent {
  const to = m.kept > 0 ? trail.levelNow() : m.from;
  return {
    kind: 'transition',
    state,
    class: name,
    direction: m.moving > 0 ? 'up' : 'down',
    begin: trail.steps[m.onset]!,
    confirmedAt: m.step,
    memorised: m.hasMemorised === 1 ? Math.exp(m.xMemorised) : null,
    onset: Math.exp(m.onsetX),
    t10: null,
    t50: null,
    t90: null,
    width: null,
    before: scale.metric(m.from),
    after: scale.metric(to),
    evidence: `${happened}${m.hasMemorised === 1 ? '' : '; the training set is not memorised'}.`,
  };
}

/** The same with 10, 50 and 90 % measured, and the class that follows from them. @param least smallest change in y. */
export function measuredReport(
  m: TransitionMemory,
  trail: TransitionTrail,
  scale: MetricScale,
  state: 'open' | 'closed',
  least: number,
  happened: string,
): TransitionEvent {
  const to = trail.levelNow();
  const rise = to - m.from;
  if (rise * m.moving <= 0) return outlineReport(m, trail, scale, state, 'none', happened);
  const end = Math.max(m.onset + 2, m.kept - 2);
  const first = Math.max(0, m.onset - 2);
  const shape = transitionShape(trail.xs, trail.smooth, trail.raw, first, end, m.from, to);
  const xMemorised = m.hasMemorised === 1 ? m.xMemorised : Number.NaN;
  const name = transitionClass(shape, xMemorised, rise, least);
  const width = shape.x90 - shape.x10;
  const delay =
    m.hasMemorised === 1 ? `, ${Math.exp(shape.x10 - xMemorised).toPrecision(3)} times as late as memorisation` : '';
  const levels = `from ${scale.metric(m.from).toPrecision(3)} to ${scale.metric(to).toPrecision(3)}`;
  return {
    ...outlineReport(m, trail, scale, state, name, happened),
    t10: Math.exp(shape.x10),
    t50: Math.exp(shape.x50),
    t90: Math.exp(shape.x90),
    width,
    evidence: `${happened}: ${levels}, a factor ${Math.exp(width).toPrecision(3)} of time wide${delay}.`,
  };
}
