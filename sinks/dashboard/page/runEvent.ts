import type { EventReport } from '../../../src/formats/webSocket/protocol.ts';
import { formatNumber, words } from './format.ts';

export type Report = EventReport;

/** Continuous times of a change of generalisation, as far as they are known. */
export interface TransitionTimes {
  readonly memorised: number | undefined;
  readonly onset: number | undefined;
  readonly t10: number | undefined;
  readonly t50: number | undefined;
  readonly t90: number | undefined;
}

/** Something that happened in a run, as far as its last report says. */
export interface RunEvent {
  readonly id: string;
  /** What kind of event: `spike`, `transition`, `control`, or what its detector calls it. */
  readonly kind: string;
  /** What it turned out to be: a verdict, a class, an action. */
  readonly what: string;
  readonly open: boolean;
  /** First step. */
  readonly begin: number;
  readonly end: number | undefined;
  /** Step at which it could be known. */
  readonly confirmedAt: number | undefined;
  readonly peak: number | undefined;
  readonly peakStep: number;
  readonly ratio: number | undefined;
  /** How high, or from where to where, in a word. */
  readonly size: string | undefined;
  /** 0 to 1. */
  readonly confidence: number | undefined;
  readonly topShare: number | undefined;
  readonly lambdaBefore: number | undefined;
  readonly lambdaAfter: number | undefined;
  readonly recoveredIn: number | undefined;
  readonly transition: TransitionTimes | undefined;
  readonly evidence: string;
}

/** Where an event that counts rows finds its step. */
export interface EventSource {
  stepOfRow(row: number): number;
}

/**
 * One event for each rise, change or action, newest first. Where several detectors report the same rise, the one that
 * looks for catapults knows more than the one that sees the loss alone.
 */
export function eventsOf(reports: readonly Report[], source: EventSource): RunEvent[] {
  const rises = new Map<number, Report>();
  const events: RunEvent[] = [];
  for (const report of reports) {
    const { group, event } = report;
    const begin = number(event.begin);
    // The later of two actions at one step comes first: the order of the reports, turned round.
    if (event.kind === 'control') events.unshift(actionEvent(report, source));
    else if (begin === undefined) continue;
    else if (event.kind !== undefined && event.kind !== 'spike') events.push(otherEvent(report, begin));
    else {
      const other = rises.get(begin);
      if (other === undefined || isCatapults(group) || !isCatapults(other.group)) rises.set(begin, report);
    }
  }
  for (const [begin, report] of rises) events.push(rise(report, begin));
  return events.sort((a, b) => b.begin - a.begin);
}

function isCatapults(group: string): boolean {
  return group.toLowerCase().includes('catapult');
}

function rise({ event }: Report, begin: number): RunEvent {
  const ratio = number(event.ratio);
  return {
    ...plain(event, `rise-${begin}`, begin),
    kind: 'spike',
    what: text(event.verdict) ?? text(event.kind) ?? 'spike',
    size: ratio === undefined ? undefined : `×${formatNumber(ratio, 3)}`,
  };
}

function otherEvent({ group, event }: Report, begin: number): RunEvent {
  const common = plain(event, `${group}-${begin}`, begin);
  const kind = text(event.kind) ?? group;
  if (kind !== 'transition') {
    const outcome = text(event.outcome);
    const what = words(kind);
    return { ...common, kind, what, size: outcome, evidence: common.evidence };
  }
  const name = text(event.class) ?? 'none';
  const [before, after] = [number(event.before), number(event.after)];
  const times = ['memorised', 'onset', 't10', 't50', 't90'] as const;
  return {
    ...common,
    kind,
    what: name === 'none' ? 'change' : name,
    size:
      before === undefined || after === undefined
        ? undefined
        : `${formatNumber(before, 3)} → ${formatNumber(after, 3)}`,
    transition: Object.fromEntries(times.map((time) => [time, number(event[time])])) as unknown as TransitionTimes,
  };
}

const actions: Readonly<Record<string, string>> = {
  pause: 'paused',
  resume: 'resumed',
  stop: 'stopped',
  checkpoint: 'checkpoint',
  setLearningRate: 'rate set',
};

function actionEvent({ group, begin, event }: Report, source: EventSource): RunEvent {
  const action = (event.action ?? {}) as { readonly type?: string; readonly value?: number };
  const refused = event.accepted === false;
  const at = number(event.at);
  const when = at === undefined ? '' : ` at ${new Date(at).toLocaleTimeString()}`;
  const why = refused ? `Refused: ${text(event.reason) ?? 'no reason given'}. ` : '';
  return {
    ...plain(event, `${group}-${begin}`, source.stepOfRow(number(event.row) ?? 0)),
    kind: 'control',
    what: refused ? 'refused' : (actions[action.type ?? ''] ?? 'action'),
    open: false,
    size: action.value === undefined ? undefined : formatNumber(action.value, 4),
    evidence: `${why}${words(action.type ?? 'action')} by ${text(event.by) ?? 'a client'}${when}.`,
  };
}

function plain(event: Report['event'], id: string, begin: number): RunEvent {
  return {
    id,
    kind: '',
    what: '',
    open: event.state === 'open',
    begin,
    end: number(event.end),
    confirmedAt: number(event.confirmedAt),
    peak: number(event.peak),
    peakStep: number(event.peakStep) ?? begin,
    ratio: number(event.ratio),
    size: undefined,
    confidence: number(event.confidence),
    topShare: number(event.topShare),
    lambdaBefore: number(event.lambdaBefore),
    lambdaAfter: number(event.lambdaAfter),
    recoveredIn: number(event.recoveredIn),
    transition: undefined,
    evidence: text(event.evidence) ?? '',
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}
