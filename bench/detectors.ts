import { PhaseTransitionDetector } from '../src/detectors/phaseTransitionDetector.ts';
import { SpikeDetector } from '../src/detectors/spikeDetector.ts';
import { precision, recall } from '../src/testing/scoring.ts';
import {
  levelShiftSuite,
  NOISE_LEVELS,
  type SuiteSet,
  smallSpikeSuite,
  spikeSuite,
  transitionSuite,
} from '../src/testing/standardSuite.ts';
import { table } from '../src/testing/table.ts';
import { pushesPerSecond } from './pushesPerSecond.ts';
import { EmaRatio, EmaScore, PageHinkley, RunningMinimum, type SpikeFinder } from './spikeBaselines.ts';
import { scoreLevelShifts, scoreSpikes } from './spikeSuiteScores.ts';
import { PageHinkleyTransitions } from './transitionBaseline.ts';
import { scoreTransitions, type TransitionFinder } from './transitionSuiteScores.ts';

/** What to compare; by default ours with the baselines. */
export interface DetectorSuiteOptions {
  /** `tuning` while a detector is being changed; `held-out` once, to report. */
  readonly set?: SuiteSet;
  /** Traces a suite and noise level. */
  readonly traces?: number;
  readonly spikes?: Readonly<Record<string, () => SpikeFinder>>;
  readonly transitions?: Readonly<Record<string, () => TransitionFinder>>;
  /** Values pushed to measure throughput; 0 leaves it out. */
  readonly pushes?: number;
  readonly print?: (text: string) => void;
}

export const SPIKE_FINDERS: Readonly<Record<string, () => SpikeFinder>> = {
  SpikeDetector: () => new SpikeDetector(),
  'loss > 3 x EMA': () => new EmaRatio(),
  'EMA z-score': () => new EmaScore(),
  'running minimum x 2': () => new RunningMinimum(),
  'Page-Hinkley': () => new PageHinkley(),
};

export const TRANSITION_FINDERS: Readonly<Record<string, () => TransitionFinder>> = {
  PhaseTransitionDetector: () => new PhaseTransitionDetector(),
  'Page-Hinkley on the logit': () => new PageHinkleyTransitions(),
};

/** Runs the standard suite and prints its tables: precision and recall by noise, level shifts, transitions, speed. */
export function runDetectorSuite(options: DetectorSuiteOptions = {}): void {
  const { set = 'tuning', traces = 500, pushes = 5_000_000, print = console.log } = options;
  const spikeFinders = options.spikes ?? SPIKE_FINDERS;
  const pr = (make: () => SpikeFinder, suite: Parameters<typeof scoreSpikes>[1]): string => {
    const score = scoreSpikes(make, suite);
    return `${precision(score).toFixed(3)}/${recall(score).toFixed(3)}`;
  };
  print(`Spikes x3 to x3e5, precision/recall by scatter of the log-loss (${set}, ${traces} traces each)`);
  print(
    table(
      ['detector', ...NOISE_LEVELS.map(String)],
      Object.entries(spikeFinders).map(([name, make]) => [
        name,
        ...NOISE_LEVELS.map((scatter) => pr(make, spikeSuite(set, scatter, traces))),
      ]),
    ),
  );
  print('\nSpikes x1.5 to x2, precision/recall');
  print(
    table(
      ['detector', '0', '0.02', '0.05'],
      Object.entries(spikeFinders).map(([name, make]) => [
        name,
        ...[0, 0.02, 0.05].map((scatter) => pr(make, smallSpikeSuite(set, scatter, traces))),
      ]),
    ),
  );
  print('\nLevel shifts: share called a spike / called a level shift');
  print(
    table(
      ['detector', '0.02', '0.1', '0.3'],
      Object.entries(spikeFinders).map(([name, make]) => [
        name,
        ...[0.02, 0.1, 0.3].map((scatter) => {
          const { calledSpike, found } = scoreLevelShifts(make, levelShiftSuite(set, scatter, Math.ceil(traces / 2)));
          return `${calledSpike.toFixed(3)}/${found.toFixed(3)}`;
        }),
      ]),
    ),
  );
  print('\nTransitions');
  print(
    table(
      ['detector', 'precision', 'recall', 'median |ln t50 error|'],
      Object.entries(options.transitions ?? TRANSITION_FINDERS).map(([name, make]) => {
        const score = scoreTransitions(make, transitionSuite(set, 2 * traces));
        return [name, precision(score), recall(score), score.midpointError];
      }),
    ),
  );
  if (pushes > 0) {
    print('\nMillion values a second of processor time');
    print(
      table(
        ['detector', 'M/s'],
        Object.entries(pushesPerSecond(pushes)).map(([name, rate]) => [name, rate / 1e6]),
      ),
    );
  }
}
