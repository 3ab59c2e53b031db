import { TraceRandom } from './traceRandom.ts';

/** A change of the test accuracy by `amount` (signed), logistic in the logarithm of continuous time. */
export interface AccuracyMove {
  /** Continuous time at half of the move. */
  readonly midpoint: number;
  /** ln(t90 / t10) of the move. */
  readonly width: number;
  readonly amount: number;
}

/** Everything an accuracy trace is made of. Continuous time is the sum of learning rates. */
export interface AccuracyTracePlan {
  readonly kind:
    | 'grokking'
    | 'misgrokking'
    | 'gradual'
    | 'two-stage'
    | 'ordinary'
    | 'flat'
    | 'drift'
    | 'transient'
    | 'not memorised';
  readonly from: number;
  readonly to: number;
  /** Observations per decade of continuous time, on average. */
  readonly perDecade: number;
  /** Irregularity of sampling: 0 regular, 1 gaps vary between none and double. */
  readonly jitter: number;
  /** Continuous time at which the training accuracy reaches .99; null if it never does. */
  readonly memorised: number | null;
  /** Test accuracy at the beginning. */
  readonly start: number;
  readonly moves: readonly AccuracyMove[];
  /** Number of test samples: the noise is binomial. */
  readonly samples: number;
  readonly seed: number;
}

/** A transition that a detector should report. */
export interface PlantedTransition {
  readonly class: 'grokking' | 'misgrokking' | 'gradual';
  readonly t10: number;
  readonly t50: number;
  readonly t90: number;
}

/** An accuracy trace with its ground truth. */
export interface AccuracyTrace {
  readonly plan: AccuracyTracePlan;
  /** Continuous time of each observation, increasing. */
  readonly times: readonly number[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly truth: readonly PlantedTransition[];
}

/** ln(t90/t10) of a logistic of unit scale. */
const LOGISTIC_WIDTH = 2 * Math.log(9);

/** Makes the trace of a plan; deterministic. */
export function accuracyTrace(plan: AccuracyTracePlan): AccuracyTrace {
  const random = new TraceRandom(plan.seed);
  const gap = Math.LN10 / plan.perDecade;
  const times: number[] = [];
  const train: number[] = [];
  const test: number[] = [];
  for (let x = Math.log(plan.from); x <= Math.log(plan.to); x += gap * (1 + plan.jitter * random.uniform(-1, 1))) {
    times.push(Math.exp(x));
    const climb = plan.memorised === null ? -4 : (x - Math.log(plan.memorised)) / 0.25 + Math.log(99);
    const trained = plan.memorised === null ? 0.6 : 1 / (1 + Math.exp(-climb));
    train.push(Math.round(trained * 500) / 500);
    let accuracy = plan.start;
    for (const move of plan.moves) {
      accuracy += move.amount / (1 + Math.exp((-(x - Math.log(move.midpoint)) * LOGISTIC_WIDTH) / move.width));
    }
    accuracy = Math.max(0, Math.min(1, accuracy));
    const noisy = accuracy + random.normal() * Math.sqrt((accuracy * (1 - accuracy)) / plan.samples);
    test.push(Math.round(Math.max(0, Math.min(1, noisy)) * plan.samples) / plan.samples);
  }
  return { plan, times, train, test, truth: transitionsOf(plan) };
}

function transitionsOf(plan: AccuracyTracePlan): PlantedTransition[] {
  const { kind } = plan;
  if (kind !== 'grokking' && kind !== 'misgrokking' && kind !== 'gradual' && kind !== 'two-stage') return [];
  const last = plan.moves.at(-1)!;
  const half = Math.exp(last.width / 2);
  return [
    {
      class: kind === 'two-stage' ? 'grokking' : kind,
      t10: last.midpoint / half,
      t50: last.midpoint,
      t90: last.midpoint * half,
    },
  ];
}
