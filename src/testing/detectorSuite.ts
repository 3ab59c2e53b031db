import { PhaseTransitionDetector } from '../detectors/phaseTransitionDetector.ts';
import { SpikeDetector } from '../detectors/spikeDetector.ts';
import { EmaRatio, EmaScore, PageHinkley, PageHinkleyTransitions, RunningMinimum } from './baselines/index.ts';
import type { LossTrace } from './lossTrace.ts';
import { precision, recall, type Score } from './scoring.ts';
import type { SpikeFinder } from './spikeFinder.ts';
import { scoreLevelShifts, scoreSpikes } from './spikeSuiteScores.ts';
import {
  levelShiftSuite,
  NOISE_LEVELS,
  type SuiteSet,
  smallSpikeSuite,
  spikeSuite,
  transitionSuite,
} from './standardSuite.ts';
import type { TransitionFinder } from './transitionFinder.ts';
import { scoreTransitions } from './transitionSuiteScores.ts';

/** Onager's spike detector and what others do, by name: each makes a fresh one. */
export const SPIKE_FINDERS: Readonly<Record<string, () => SpikeFinder>> = {
  SpikeDetector: () => new SpikeDetector(),
  'loss > 3 x EMA': () => new EmaRatio(),
  'EMA z-score': () => new EmaScore(),
  'running minimum x 2': () => new RunningMinimum(),
  'Page-Hinkley': () => new PageHinkley(),
};

/** The same for transitions. */
export const TRANSITION_FINDERS: Readonly<Record<string, () => TransitionFinder>> = {
  PhaseTransitionDetector: () => new PhaseTransitionDetector(),
  'Page-Hinkley on the logit': () => new PageHinkleyTransitions(),
};

export interface DetectorSuiteOptions {
  /** `tuning` (default) while a detector is being changed; `held-out` once, to report. */
  readonly set?: SuiteSet;
  /** Traces for each suite and noise level (default 500): half as many level shifts, twice as many transitions. */
  readonly traces?: number;
  /** What to compare; default: {@link SPIKE_FINDERS}. */
  readonly spikes?: Readonly<Record<string, () => SpikeFinder>>;
  /** Default: {@link TRANSITION_FINDERS}. */
  readonly transitions?: Readonly<Record<string, () => TransitionFinder>>;
}

/** How a detector did on the traces of one noise level. */
export interface DetectionResult extends Score {
  readonly detector: string;
  /** Standard deviation of the log-loss. */
  readonly scatter: number;
  readonly precision: number;
  readonly recall: number;
}

export interface LevelShiftResult {
  readonly detector: string;
  readonly scatter: number;
  /** Share of planted level shifts called a spike. */
  readonly calledSpike: number;
  /** Share called a level shift. */
  readonly found: number;
}

export interface TransitionResult extends Score {
  readonly detector: string;
  readonly precision: number;
  readonly recall: number;
  /** Median of |ln t50 - ln planted t50| over the matched ones; null if there are none. */
  readonly midpointError: number | null;
}

/** How all detectors did; plain data. */
export interface DetectorSuiteResult {
  readonly set: SuiteSet;
  readonly traces: number;
  /** Spikes of x3 to x3e5. */
  readonly spikes: readonly DetectionResult[];
  /** Spikes of x1.5 to x2. */
  readonly smallSpikes: readonly DetectionResult[];
  readonly levelShifts: readonly LevelShiftResult[];
  readonly transitions: readonly TransitionResult[];
}

/**
 * Runs the standard suite: the same frozen traces for every detector.
 * @throws {RangeError} unless `traces` is a whole number of at least 1.
 */
export function runDetectorSuite(options: DetectorSuiteOptions = {}): DetectorSuiteResult {
  const { set = 'tuning', traces = 500, spikes = SPIKE_FINDERS, transitions = TRANSITION_FINDERS } = options;
  if (!Number.isInteger(traces) || traces < 1) {
    throw new RangeError(`traces = ${traces}: expected a whole number of at least 1`);
  }
  const detections = (scatters: readonly number[], suite: (scatter: number) => LossTrace[]): DetectionResult[] =>
    scatters.flatMap((scatter) => {
      const drawn = suite(scatter);
      return Object.entries(spikes).map(([detector, make]) => {
        const { planted, reported, matched } = scoreSpikes(make, drawn);
        const score = { planted, reported, matched };
        return { detector, scatter, ...score, precision: precision(score), recall: recall(score) };
      });
    });
  return {
    set,
    traces,
    spikes: detections(NOISE_LEVELS, (scatter) => spikeSuite(set, scatter, traces)),
    smallSpikes: detections([0, 0.02, 0.05], (scatter) => smallSpikeSuite(set, scatter, traces)),
    levelShifts: [0.02, 0.1, 0.3].flatMap((scatter) => {
      const drawn = levelShiftSuite(set, scatter, Math.ceil(traces / 2));
      return Object.entries(spikes).map(([detector, make]) => ({
        detector,
        scatter,
        ...scoreLevelShifts(make, drawn),
      }));
    }),
    transitions: transitionResults(transitions, set, traces),
  };
}

function transitionResults(
  finders: Readonly<Record<string, () => TransitionFinder>>,
  set: SuiteSet,
  traces: number,
): TransitionResult[] {
  const drawn = transitionSuite(set, 2 * traces);
  return Object.entries(finders).map(([detector, make]) => {
    const { planted, reported, matched, midpointError } = scoreTransitions(make, drawn);
    const score = { planted, reported, matched };
    return {
      detector,
      ...score,
      precision: precision(score),
      recall: recall(score),
      midpointError: matched === 0 ? null : midpointError,
    };
  });
}
