import type { SpikeFinder } from './spikeFinder.ts';
import type { TransitionFinder } from './transitionFinder.ts';

/** The detectors of a user's module; at least one of them. */
export interface DetectorModule {
  readonly makeSpikeDetector?: () => SpikeFinder;
  readonly makeTransitionDetector?: () => TransitionFinder;
}

/**
 * Reads what an ES module exports as {@link DetectorModule}: `makeSpikeDetector` (or the default export) and
 * `makeTransitionDetector`. Each is called and tried with one value.
 * @throws {TypeError} in one line, when neither is there, or one does not make what {@link SpikeFinder} or
 * {@link TransitionFinder} describes.
 */
export function detectorModule(exported: Readonly<Record<string, unknown>>): DetectorModule {
  const makeSpikes = exported.makeSpikeDetector ?? exported.default;
  const makeTransitions = exported.makeTransitionDetector;
  if (makeSpikes === undefined && makeTransitions === undefined) {
    throw new TypeError('exports no detector: expected a default export, makeSpikeDetector or makeTransitionDetector');
  }
  if (makeSpikes !== undefined) tried('makeSpikeDetector', makeSpikes, [1, 0]);
  if (makeTransitions !== undefined) tried('makeTransitionDetector', makeTransitions, [1, 0.5, 0.5, 0]);
  return {
    ...(makeSpikes === undefined ? {} : { makeSpikeDetector: makeSpikes as () => SpikeFinder }),
    ...(makeTransitions === undefined ? {} : { makeTransitionDetector: makeTransitions as () => TransitionFinder }),
  };
}

function tried(name: string, make: unknown, values: readonly number[]): void {
  if (typeof make !== 'function') throw new TypeError(`${name} is ${shown(make)}: expected a function`);
  const detector = make() as { push?: unknown } | null | undefined;
  if (typeof detector?.push !== 'function') {
    throw new TypeError(`${name}() returned ${shown(detector)}: expected an object with a push method`);
  }
  const state = detector.push(...values) as { event?: unknown } | null | undefined;
  if (typeof state !== 'object' || state === null || state.event === undefined) {
    throw new TypeError(`${name}().push() returned ${shown(state)}: expected an object with an event, or null in it`);
  }
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).join(', ') || 'nothing'}`;
  return typeof value === 'function' ? 'a function' : String(value);
}
