import { TraceRandom } from './traceRandom.ts';

/** How the loss runs without noise and events. Rates are of the log-loss. */
export type LossTrend =
  | { readonly kind: 'plateau' }
  /** Falls by `rate` a step. */
  | { readonly kind: 'exponential'; readonly rate: number }
  /** (1 + step)^-exponent. */
  | { readonly kind: 'power law'; readonly exponent: number }
  /** Falls slowly for `steps`, then like a power law: the learning rate warms up. */
  | { readonly kind: 'warm-up'; readonly steps: number; readonly exponent: number }
  /** Drops by `factor` within a few steps, every `every` steps: the learning rate is cut. */
  | { readonly kind: 'rate drops'; readonly every: number; readonly factor: number };

/** Noise of the log-loss; `scatter` is its standard deviation (at the end, where it grows). */
export interface LossNoise {
  /** Heavy tails are Student's t (5) clipped at 4 deviations: beyond, an outlier would be a spike by any definition. */
  readonly kind: 'white' | 'autocorrelated' | 'growing' | 'heavy-tailed';
  readonly scatter: number;
  readonly seed: number;
}

/** Something planted in a trace; `at` counts observations. Ratios are factors on the loss. */
export type Plant =
  /** Climbs over `climb` observations (0: at once) to `ratio`, holds, and falls with time constant `fall` in the log. */
  | {
      readonly kind: 'spike';
      readonly at: number;
      readonly ratio: number;
      readonly climb: number;
      readonly hold: number;
      readonly fall: number;
    }
  | { readonly kind: 'level shift'; readonly at: number; readonly ratio: number }
  /** Grows by `growth` (log) each observation and never comes back. */
  | { readonly kind: 'divergence'; readonly at: number; readonly growth: number }
  | { readonly kind: 'non-finite'; readonly at: number; readonly length: number; readonly value: 'NaN' | 'Infinity' };

/** How observations become steps. */
export interface Stepping {
  /** Steps between observations. */
  readonly stride: number;
  /** Observations that are left out. */
  readonly missing: readonly number[];
  /** Observations that are delivered twice, with the same step. */
  readonly repeated: readonly number[];
  /** Observation before which the run restarts: the step counter and the trend go back by `back` observations. */
  readonly restart: { readonly at: number; readonly back: number } | null;
}

/** Everything a trace is made of: small enough to read, and what counterexamples shrink to. */
export interface LossTracePlan {
  readonly length: number;
  readonly scale: number;
  readonly trend: LossTrend;
  readonly noise: LossNoise;
  readonly plants: readonly Plant[];
  readonly stepping: Stepping;
}

/** What was planted, in steps. */
export interface PlantedEvent {
  readonly kind: Plant['kind'];
  readonly begin: number;
  readonly peakStep: number;
  /** First step at which a spike is below a factor 1.1 again; the last step of the trace for what does not return. */
  readonly end: number;
  readonly ratio: number;
}

/** A loss trace with its ground truth. */
export interface LossTrace {
  readonly plan: LossTracePlan;
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  readonly truth: readonly PlantedEvent[];
}

export const EVERY_STEP: Stepping = { stride: 1, missing: [], repeated: [], restart: null };

/** Makes the trace of a plan; deterministic. */
export function lossTrace(plan: LossTracePlan): LossTrace {
  const { length, noise, stepping } = plan;
  const random = new TraceRandom(noise.seed);
  const missing = new Set(stepping.missing);
  const repeated = new Set(stepping.repeated);
  const steps: number[] = [];
  const losses: number[] = [];
  let correlated = random.normal();
  for (let i = 0; i < length; i++) {
    correlated = 0.6 * correlated + 0.8 * random.normal();
    const draw = noise.kind === 'heavy-tailed' ? random.heavyTailed() : random.normal();
    const unit = noise.kind === 'autocorrelated' ? correlated : draw;
    const scatter = noise.kind === 'growing' ? noise.scatter * (0.4 + 0.6 * (i / length)) : noise.scatter;
    if (missing.has(i)) continue;
    const place = placeOf(i, stepping);
    let log = Math.log(plan.scale) + trendAt(plan.trend, place) + scatter * unit;
    let value: number | null = null;
    for (const plant of plan.plants) {
      log += plantAt(plant, i);
      if (plant.kind === 'non-finite' && i >= plant.at && i < plant.at + plant.length) {
        value = plant.value === 'NaN' ? Number.NaN : Number.POSITIVE_INFINITY;
      }
    }
    const loss = value ?? Math.exp(log);
    const step = place * stepping.stride;
    steps.push(step);
    losses.push(loss);
    if (repeated.has(i)) {
      steps.push(step);
      losses.push(loss);
    }
  }
  const truth = plan.plants.map((plant) => plantedEvent(plant, plan));
  return { plan, steps, losses, truth };
}

function placeOf(i: number, { restart }: Stepping): number {
  return restart !== null && i >= restart.at ? i - restart.back : i;
}

function trendAt(trend: LossTrend, t: number): number {
  switch (trend.kind) {
    case 'plateau':
      return 0;
    case 'exponential':
      return -trend.rate * t;
    case 'power law':
      return -trend.exponent * Math.log(1 + t);
    case 'warm-up':
      return t < trend.steps
        ? -0.1 * (t / trend.steps)
        : -0.1 - trend.exponent * Math.log(1 + (t - trend.steps) / trend.steps);
    case 'rate drops': {
      const drops = Math.floor(t / trend.every);
      const since = t - drops * trend.every;
      return drops === 0 ? 0 : -Math.log(trend.factor) * (drops - Math.exp(-since / 3));
    }
  }
}

/** What a plant adds to the log-loss at observation `i`. */
function plantAt(plant: Plant, i: number): number {
  if (plant.kind === 'non-finite' || i < plant.at) return 0;
  const since = i - plant.at;
  if (plant.kind === 'divergence') return plant.growth * (since + 1);
  const height = Math.log(plant.ratio);
  if (plant.kind === 'level shift') return height;
  if (since < plant.climb) return (height * (since + 1)) / (plant.climb + 1);
  const falling = since - plant.climb - plant.hold;
  return falling <= 0 ? height : height * Math.exp(-falling / plant.fall);
}

function plantedEvent(plant: Plant, { length, stepping }: LossTracePlan): PlantedEvent {
  const step = (i: number): number => placeOf(Math.min(i, length - 1), stepping) * stepping.stride;
  const begin = step(plant.at);
  switch (plant.kind) {
    case 'spike': {
      const fallen = Math.max(1, Math.ceil(plant.fall * Math.log(Math.log(plant.ratio) / Math.log(1.1))));
      const top = plant.at + plant.climb;
      return { kind: plant.kind, begin, peakStep: step(top), end: step(top + plant.hold + fallen), ratio: plant.ratio };
    }
    case 'level shift':
      return { kind: plant.kind, begin, peakStep: begin, end: step(length - 1), ratio: plant.ratio };
    case 'divergence':
      return { kind: plant.kind, begin, peakStep: step(length - 1), end: step(length - 1), ratio: Infinity };
    case 'non-finite':
      return { kind: plant.kind, begin, peakStep: begin, end: step(plant.at + plant.length), ratio: Infinity };
  }
}
