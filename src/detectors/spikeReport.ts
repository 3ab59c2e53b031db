import type { SpikeEvent, SpikeVerdict } from './spikeEvent.ts';
import type { SpikeMemory } from './spikeMemory.ts';

/** What the detector has decided of the rise in its memory. */
interface Decision {
  readonly state: 'open' | 'closed';
  readonly verdict: SpikeVerdict;
  readonly confirmedAt: number;
  /** Step at which the loss was back; null if it was not. */
  readonly end: number | null;
  /** In words, as the first part of the evidence. */
  readonly happened: string;
}

/**
 * The event of a rise, with finite numbers only.
 * @param known whether any level had been measured before the rise; if none was, the stream began with NaN.
 */
export function spikeReport(
  memory: SpikeMemory,
  known: boolean,
  { state, verdict, confirmedAt, end, happened }: Decision,
): SpikeEvent {
  const { begin, peakStep } = memory;
  const ratio = known ? Math.min(Math.exp(memory.peak - memory.before), Number.MAX_VALUE) : 1;
  const recoveredIn = end === null ? null : end - begin;
  const back = recoveredIn === null ? '' : `, back after ${recoveredIn}`;
  const nonFinite = memory.nonFinite > 0 ? `, ${memory.nonFinite} values were not finite` : '';
  return {
    kind: 'spike',
    state,
    begin,
    confirmedAt: happened.startsWith('The step counter') ? memory.step : confirmedAt,
    end: state === 'closed' ? (end ?? confirmedAt) : null,
    peak: memory.finite === 1 || known ? finiteExp(memory.peak) : 0,
    peakStep,
    before: known ? finiteExp(memory.before) : 0,
    ratio,
    verdict,
    confidence: verdict === 'undecided' ? null : verdict === 'spike' ? 0.5 : 1,
    topShare: null,
    lambdaBefore: null,
    lambdaAfter: null,
    recoveredIn,
    evidence: `${happened}: ${rise(ratio)} in ${Math.max(0, peakStep - begin)} steps${back}${nonFinite}. From the loss alone; kernel and top eigenspace were not checked.`,
  };
}

function rise(ratio: number): string {
  return `rose x${ratio < 1000 ? ratio.toPrecision(3) : ratio.toExponential(1)}`;
}

function finiteExp(x: number): number {
  return Math.min(Math.exp(x), Number.MAX_VALUE);
}
