import { TraceRandom } from './traceRandom.ts';

/** What happens in a run of {@link kernelTrace}. */
export type KernelRunKind = 'catapult' | 'bad batch' | 'spike' | 'level shift' | 'divergence' | 'quiet';

/** Everything a whole run with kernel evidence is made of. */
export interface KernelTracePlan {
  readonly kind: KernelRunKind;
  /** Step of the onset, at least 30. */
  readonly at: number;
  /** Peak over the loss before. */
  readonly ratio: number;
  /** Steps up, and down. */
  readonly half: number;
  /** Scatter of the log-loss. */
  readonly scatter: number;
  /** Evidence is measured every so many steps. */
  readonly every: number;
  readonly seed: number;
}

/** One step of a run. */
export interface KernelTraceRow {
  readonly step: number;
  readonly loss: number;
  readonly lambdaMax: number | null;
  readonly lossTop: number | null;
  readonly rateToCritical: number | null;
}

/** A run with several metrics and the verdict a detector should reach. */
export interface KernelTrace {
  readonly plan: KernelTracePlan;
  readonly rows: readonly KernelTraceRow[];
  /** Null for a quiet run. */
  readonly verdict: Exclude<KernelRunKind, 'quiet'> | null;
}

/**
 * Makes the run of a plan; deterministic. In a catapult the loss rises in the top eigenspace, lambda falls to .7 of what
 * it was while the loss is up; a bad batch is one step in the complement, lambda still; a plain spike rises in the
 * complement.
 */
export function kernelTrace(plan: KernelTracePlan): KernelTrace {
  const { kind, at, half } = plan;
  const random = new TraceRandom(plan.seed);
  const rows: KernelTraceRow[] = [];
  const length = at + 2 * half + 300;
  for (let t = 0; t < length; t++) {
    const base = Math.exp(-0.004 * Math.min(t, at) + plan.scatter * random.normal());
    const since = t - at;
    let excess = 0;
    if (kind === 'bad batch') excess = since === 0 ? Math.log(plan.ratio) : 0;
    else if (kind === 'level shift') excess = since >= 0 ? Math.log(plan.ratio) : 0;
    else if (kind === 'divergence') excess = since >= 0 ? 0.5 * (since + 1) : 0;
    else if (kind !== 'quiet' && since >= 0 && since < 2 * half) {
      excess = Math.log(plan.ratio) * (1 - Math.abs(since + 1 - half) / half);
    }
    const loss = base * Math.exp(Math.min(excess, 600));
    const top = kind === 'catapult' ? loss - 0.8 * base : 0.2 * base;
    const fallen = kind === 'catapult' && since > 0 ? 1 - 0.3 * Math.min(1, since / (2 * half - 2)) : 1;
    const measured = t % plan.every === 0;
    rows.push({
      step: t,
      loss,
      lambdaMax: measured ? 0.17 * fallen : null,
      lossTop: measured ? top : null,
      rateToCritical: measured ? (kind === 'catapult' ? 1.3 : 0.5) : null,
    });
  }
  return { plan, rows, verdict: kind === 'quiet' ? null : kind };
}
