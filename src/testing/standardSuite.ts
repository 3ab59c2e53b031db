import { type AccuracyTrace, type AccuracyTracePlan, accuracyTrace } from './accuracyTrace.ts';
import { EVERY_STEP, type LossNoise, type LossTrace, type LossTrend, lossTrace, type Plant } from './lossTrace.ts';
import { TraceRandom } from './traceRandom.ts';

/**
 * The standard suite: fixed draws of traces on which detectors are compared. It was written before the detectors were
 * tuned and is not to be changed. Detectors are tuned on `tuning` and reported on `held-out`.
 */
export type SuiteSet = 'tuning' | 'held-out';

/** First seed of each set; trace i of a suite uses seed + i. */
export const SUITE_SEEDS: Readonly<Record<SuiteSet, number>> = { tuning: 10_000, 'held-out': 5_000_000 };

/** Noise levels (standard deviation of the log-loss) of the spike suite. */
export const NOISE_LEVELS: readonly number[] = [0, 0.02, 0.05, 0.1, 0.3, 0.6];

const LENGTH = 600;

/** Traces with none to three spikes of x3 to x300 (one in ten to x3e5) over all trends and kinds of noise. */
export function spikeSuite(set: SuiteSet, scatter: number, count = 120): LossTrace[] {
  return draws(set, 'spikes', scatter, count, (random) => {
    const plants: Plant[] = [];
    const spikes = random.integer(0, 3);
    for (let i = 0; i < spikes; i++) {
      const ratio = random.uniform() < 0.1 ? random.logUniform(300, 3e5) : random.logUniform(3, 300);
      plants.push(spike(random, 60 + i * 160 + random.integer(0, 60), ratio));
    }
    return lossTrace({
      length: LENGTH,
      scale: random.logUniform(1e-3, 1e3),
      trend: trend(random),
      noise: noise(random, scatter),
      plants,
      stepping: EVERY_STEP,
    });
  });
}

/** Traces with none to three small spikes, x1.5 to x2. */
export function smallSpikeSuite(set: SuiteSet, scatter: number, count = 120): LossTrace[] {
  return draws(set, 'small spikes', scatter, count, (random) => {
    const plants: Plant[] = [];
    const spikes = random.integer(0, 3);
    for (let i = 0; i < spikes; i++) {
      plants.push(spike(random, 60 + i * 160 + random.integer(0, 60), random.logUniform(1.5, 2)));
    }
    return lossTrace({
      length: LENGTH,
      scale: random.logUniform(1e-3, 1e3),
      trend: trend(random),
      noise: noise(random, scatter),
      plants,
      stepping: EVERY_STEP,
    });
  });
}

/** Traces with one level shift of x2 to x20, on trends too slow to undo it within 300 steps. */
export function levelShiftSuite(set: SuiteSet, scatter: number, count = 60): LossTrace[] {
  return draws(set, 'level shifts', scatter, count, (random) => {
    const ratio = random.logUniform(2, 20);
    const slow: LossTrend =
      random.uniform() < 0.5
        ? { kind: 'plateau' }
        : { kind: 'exponential', rate: (Math.log(ratio) / 1200) * random.uniform() };
    return lossTrace({
      length: LENGTH,
      scale: random.logUniform(1e-3, 1e3),
      trend: slow,
      noise: noise(random, scatter),
      plants: [{ kind: 'level shift', at: random.integer(100, 250), ratio }],
      stepping: EVERY_STEP,
    });
  });
}

/** Test-accuracy traces of all kinds, two in five of them without a transition. */
export function transitionSuite(set: SuiteSet, count = 400): AccuracyTrace[] {
  return draws(set, 'transitions', 0, count, (random) => accuracyTrace(accuracyPlan(random)));
}

function accuracyPlan(random: TraceRandom): AccuracyTracePlan {
  const kind = random.pick([
    'grokking',
    'grokking',
    'grokking',
    'misgrokking',
    'misgrokking',
    'gradual',
    'two-stage',
    'ordinary',
    'flat',
    'drift',
    'transient',
    'not memorised',
  ] as const);
  const memorised = random.logUniform(1, 100);
  const low = random.uniform(0, 0.6);
  const high = Math.min(1, low + random.uniform(0.3, 1));
  const delay = random.logUniform(10, 1000);
  // Half of what the definition allows, so that the class is beyond dispute.
  const limit = Math.min(Math.log(30), 0.7 * Math.max(1, Math.log(delay)));
  const sharp = random.uniform(0.3, 0.8) * limit;
  const midpoint = memorised * delay * Math.exp(sharp / 2);
  const base = {
    kind,
    from: memorised * random.logUniform(0.02, 0.2),
    to: midpoint * random.logUniform(10, 30),
    perDecade: random.pick([24, 24, 32, 48]),
    jitter: random.uniform(0, 0.6),
    memorised,
    start: low,
    samples: Math.round(random.logUniform(200, 5000)),
    seed: random.integer(1, 1 << 30),
  };
  const up = { midpoint, width: sharp, amount: high - low };
  switch (kind) {
    case 'grokking':
      return { ...base, moves: [up] };
    case 'misgrokking':
      return { ...base, start: high, moves: [{ ...up, amount: low - high }] };
    case 'gradual': {
      const width = limit * random.uniform(1.4, 1.9);
      const late = memorised * delay * Math.exp(width / 2);
      return { ...base, to: late * Math.exp(width / 2) * 10, moves: [{ ...up, midpoint: late, width }] };
    }
    case 'two-stage': {
      const early = { midpoint: memorised * random.logUniform(0.2, 0.6), width: 1, amount: (high - low) * 0.4 };
      return { ...base, moves: [early, { ...up, amount: (high - low) * 0.6 }] };
    }
    case 'ordinary':
      return {
        ...base,
        moves: [{ midpoint: memorised * random.logUniform(0.2, 0.8), width: 1.2, amount: high - low }],
      };
    case 'flat':
      return { ...base, moves: [] };
    case 'drift':
      return { ...base, moves: [{ ...up, width: random.uniform(3, 8), amount: random.uniform(-0.05, 0.05) }] };
    case 'transient': {
      const amount = random.uniform(0.15, 0.4) * (low > 0.4 ? -1 : 1);
      const back = { midpoint: midpoint * random.logUniform(1.3, 2), width: 0.15, amount: -amount };
      return { ...base, moves: [{ midpoint, width: 0.15, amount }, back] };
    }
    case 'not memorised':
      return { ...base, memorised: null, moves: [up] };
  }
}

function spike(random: TraceRandom, at: number, ratio: number): Plant {
  return {
    kind: 'spike',
    at,
    ratio,
    climb: random.integer(0, 8),
    hold: random.integer(0, 4),
    fall: random.uniform(2, 20),
  };
}

function trend(random: TraceRandom): LossTrend {
  switch (random.integer(0, 4)) {
    case 0:
      return { kind: 'plateau' };
    case 1:
      return { kind: 'exponential', rate: random.logUniform(0.001, 0.03) };
    case 2:
      return { kind: 'power law', exponent: random.uniform(0.2, 1.5) };
    case 3:
      return { kind: 'warm-up', steps: random.integer(10, 60), exponent: random.uniform(0.3, 1) };
    default:
      return { kind: 'rate drops', every: random.integer(120, 250), factor: random.uniform(1.5, 6) };
  }
}

function noise(random: TraceRandom, scatter: number): LossNoise {
  const kind = random.pick(['white', 'white', 'autocorrelated', 'growing', 'heavy-tailed'] as const);
  return { kind, scatter, seed: random.integer(1, 1 << 30) };
}

function draws<T>(set: SuiteSet, suite: string, scatter: number, count: number, draw: (random: TraceRandom) => T): T[] {
  // Suites and noise levels must not share draws; strides keep their seeds apart.
  const offset = suite.length * 100_000 + Math.round(scatter * 1000) * 97;
  return Array.from({ length: count }, (_, i) => draw(new TraceRandom(SUITE_SEEDS[set] + offset + i)));
}
