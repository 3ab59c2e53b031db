import fc from 'fast-check';
import { type AccuracyTrace, type AccuracyTracePlan, accuracyTrace } from './accuracyTrace.ts';
import { type KernelTrace, kernelTrace } from './kernelTrace.ts';
import {
  EVERY_STEP,
  type LossNoise,
  type LossTrace,
  type LossTracePlan,
  type LossTrend,
  lossTrace,
  type Plant,
  type Stepping,
} from './lossTrace.ts';

/** What {@link lossTraces} may contain; everything by default. */
export interface LossTraceConstraints {
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Largest scatter of the log-loss (default .6). */
  readonly maxScatter?: number;
  readonly trends?: fc.Arbitrary<LossTrend>;
  readonly plants?: fc.Arbitrary<readonly Plant[]>;
  readonly stepping?: fc.Arbitrary<Stepping>;
}

const seeds = fc.integer({ min: 0, max: 2 ** 30 });

/** A double in [min, max] that shrinks to a short decimal. */
function decimal(min: number, max: number): fc.Arbitrary<number> {
  return fc
    .integer({ min: Math.ceil(min * 1000), max: Math.floor(max * 1000) })
    .map((thousandths) => thousandths / 1000);
}

/** A factor between two powers of ten, uniform in the exponent. */
function factor(minExponent: number, maxExponent: number): fc.Arbitrary<number> {
  return decimal(minExponent, maxExponent).map((exponent) => Number((10 ** exponent).toPrecision(4)));
}

/** All trends; they shrink to a plateau. */
export function lossTrends(): fc.Arbitrary<LossTrend> {
  return fc.oneof(
    fc.constant<LossTrend>({ kind: 'plateau' }),
    fc.record({ kind: fc.constant('exponential' as const), rate: decimal(0.001, 0.05) }),
    fc.record({ kind: fc.constant('power law' as const), exponent: decimal(0.1, 1.5) }),
    fc.record({
      kind: fc.constant('warm-up' as const),
      steps: fc.integer({ min: 5, max: 60 }),
      exponent: decimal(0.1, 1.5),
    }),
    fc.record({
      kind: fc.constant('rate drops' as const),
      every: fc.integer({ min: 40, max: 200 }),
      factor: decimal(1.2, 8),
    }),
  );
}

/** All kinds of noise; they shrink to none. */
export function lossNoises(maxScatter = 0.6): fc.Arbitrary<LossNoise> {
  return fc.record({
    kind: fc.constantFrom('white' as const, 'autocorrelated' as const, 'growing' as const, 'heavy-tailed' as const),
    scatter: decimal(0, maxScatter),
    seed: seeds,
  });
}

/** Spikes from x1.3 to x1e6: instant or climbing, with or without a top; `at` counts observations. */
export function plantedSpikes(at: fc.Arbitrary<number>, minRatio = 1.3, maxRatio = 1e6): fc.Arbitrary<Plant> {
  return fc.record({
    kind: fc.constant('spike' as const),
    at,
    ratio: factor(Math.log10(minRatio), Math.log10(maxRatio)).filter((ratio) => ratio >= minRatio),
    climb: fc.integer({ min: 0, max: 10 }),
    hold: fc.integer({ min: 0, max: 5 }),
    fall: decimal(0.5, 20),
  });
}

/** Any number of plants of any kind, near each other or not (double spikes, spikes on a shifted level, ...). */
export function plants(length: number): fc.Arbitrary<readonly Plant[]> {
  const at = fc.integer({ min: 1, max: length - 1 });
  return fc.array(
    fc.oneof(
      plantedSpikes(at),
      fc.record({ kind: fc.constant('level shift' as const), at, ratio: factor(0.2, 2) }),
      fc.record({ kind: fc.constant('divergence' as const), at, growth: decimal(0.01, 2) }),
      fc.record({
        kind: fc.constant('non-finite' as const),
        at,
        length: fc.integer({ min: 1, max: 10 }),
        value: fc.constantFrom('NaN' as const, 'Infinity' as const),
      }),
    ),
    { maxLength: 4 },
  );
}

/** Gaps, missing and repeated steps, and at most one restart; shrinks to every step once. */
export function steppings(length: number): fc.Arbitrary<Stepping> {
  const some = fc.uniqueArray(fc.integer({ min: 1, max: length - 1 }), { maxLength: 10 });
  return fc.record({
    stride: fc.constantFrom(1, 1, 2, 10, 100),
    missing: some,
    repeated: some,
    restart: fc.option(
      fc
        .record({ at: fc.integer({ min: 2, max: length - 1 }), share: decimal(0.01, 1) })
        .map(({ at, share }) => ({ at, back: Math.max(1, Math.floor(at * share)) })),
      { nil: null },
    ),
  });
}

/** Loss traces with their ground truth. A counterexample is printed as the plan that makes it, and shrinks as one. */
export function lossTraces(constraints: LossTraceConstraints = {}): fc.Arbitrary<LossTrace> {
  const { minLength = 3, maxLength = 400, maxScatter = 0.6 } = constraints;
  return fc
    .integer({ min: minLength, max: maxLength })
    .chain((length) =>
      fc.record<LossTracePlan>({
        length: fc.constant(length),
        scale: factor(-6, 6),
        trend: constraints.trends ?? lossTrends(),
        noise: lossNoises(maxScatter),
        plants: constraints.plants ?? plants(length),
        stepping: constraints.stepping ?? steppings(length),
      }),
    )
    .map((plan) => printedAs(lossTrace(plan), plan));
}

/** Traces that never rise: no noise, nothing planted. */
export function descents(): fc.Arbitrary<LossTrace> {
  return fc
    .record<LossTracePlan>({
      length: fc.integer({ min: 2, max: 600 }),
      scale: factor(-6, 6),
      trend: lossTrends(),
      noise: fc.constant<LossNoise>({ kind: 'white', scatter: 0, seed: 0 }),
      plants: fc.constant([]),
      stepping: fc.constant(EVERY_STEP),
    })
    .map((plan) => printedAs(lossTrace(plan), plan));
}

/** Test-accuracy traces of every kind, sampled irregularly. */
export function accuracyTraces(): fc.Arbitrary<AccuracyTrace> {
  return fc
    .record({
      kind: fc.constantFrom(
        'flat' as const,
        'grokking' as const,
        'misgrokking' as const,
        'gradual' as const,
        'two-stage' as const,
        'ordinary' as const,
        'drift' as const,
        'transient' as const,
        'not memorised' as const,
      ),
      memorised: decimal(1, 100),
      delay: factor(1, 3),
      low: decimal(0, 0.5),
      rise: decimal(0.3, 0.5),
      sharpness: decimal(0.3, 0.7),
      perDecade: fc.constantFrom(24, 32, 48),
      jitter: decimal(0, 0.6),
      samples: fc.constantFrom(5000, 1000, 200),
      seed: seeds,
    })
    .map((draw) => {
      const plan = accuracyPlan(draw);
      return printedAs(accuracyTrace(plan), plan);
    });
}

function accuracyPlan(draw: {
  kind: AccuracyTracePlan['kind'];
  memorised: number;
  delay: number;
  low: number;
  rise: number;
  sharpness: number;
  perDecade: number;
  jitter: number;
  samples: number;
  seed: number;
}): AccuracyTracePlan {
  const { kind, memorised, delay, low, rise } = draw;
  const limit = Math.min(Math.log(30), 0.7 * Math.max(1, Math.log(delay)));
  const width = kind === 'gradual' ? 1.6 * limit : draw.sharpness * limit;
  const midpoint = memorised * delay * Math.exp(width / 2);
  const up = { midpoint, width, amount: rise };
  const early = { midpoint: memorised * 0.4, width: 1.2, amount: rise };
  const moves = {
    flat: [],
    grokking: [up],
    misgrokking: [{ ...up, amount: -rise }],
    gradual: [up],
    'two-stage': [{ ...early, amount: 0.4 * rise }, up],
    ordinary: [early],
    drift: [{ ...up, width: 5, amount: 0.03 }],
    transient: [up, { midpoint: 1.5 * midpoint, width: 0.15, amount: -rise }].map((move) => ({ ...move, width: 0.15 })),
    'not memorised': [up],
  }[kind];
  return {
    kind,
    from: memorised * 0.05,
    to: midpoint * Math.exp(width / 2) * 12,
    perDecade: draw.perDecade,
    jitter: draw.jitter,
    memorised: kind === 'not memorised' ? null : memorised,
    start: kind === 'misgrokking' ? low + rise : low,
    moves,
    samples: draw.samples,
    seed: draw.seed,
  };
}

/** Whole runs with loss, learning rate over critical, lambda and top-eigenspace loss, and the verdict to be reached. */
export function kernelTraces(): fc.Arbitrary<KernelTrace> {
  return fc
    .record({
      kind: fc.constantFrom(
        'quiet' as const,
        'catapult' as const,
        'bad batch' as const,
        'spike' as const,
        'level shift' as const,
        'divergence' as const,
      ),
      at: fc.integer({ min: 40, max: 120 }),
      ratio: factor(0.4, 2),
      half: fc.integer({ min: 4, max: 12 }),
      scatter: decimal(0, 0.05),
      every: fc.constantFrom(1, 2),
      seed: seeds,
    })
    .map((plan) => printedAs(kernelTrace(plan), plan));
}

/** Makes fast-check print the plan instead of hundreds of numbers. */
function printedAs<T extends object>(value: T, plan: object): T {
  Object.defineProperty(value, fc.toStringMethod, { value: () => JSON.stringify(plan), enumerable: false });
  return value;
}
