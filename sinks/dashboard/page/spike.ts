/** The verdicts that have a colour of their own; any other is drawn like `spike`. */
export const verdicts = ['undecided', 'spike', 'catapult', 'bad batch', 'level shift', 'divergence'] as const;
export type Verdict = (typeof verdicts)[number];

/** A rise of the loss, as far as its report says. */
export interface Spike {
  readonly open: boolean;
  readonly begin: number;
  readonly end: number | undefined;
  readonly confirmedAt: number | undefined;
  readonly peak: number | undefined;
  readonly peakStep: number;
  readonly ratio: number | undefined;
  readonly verdict: string;
  readonly topShare: number | undefined;
  readonly lambdaBefore: number | undefined;
  readonly lambdaAfter: number | undefined;
  readonly recoveredIn: number | undefined;
  readonly evidence: string;
}

export interface Report {
  readonly group: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/**
 * One spike for each begin, newest first. Where several detectors report the same rise, the one that looks
 * for catapults knows more than the one that sees the loss alone.
 */
export function spikesOf(reports: readonly Report[]): Spike[] {
  const best = new Map<number, Report>();
  for (const report of reports) {
    const begin = number(report.event.begin);
    if (begin === undefined) continue;
    const other = best.get(begin);
    if (other === undefined || isCatapults(report) || !isCatapults(other)) best.set(begin, report);
  }
  return [...best.values()].map(({ event }) => spike(event)).sort((a, b) => b.begin - a.begin);
}

function isCatapults({ group }: Report): boolean {
  return group.toLowerCase().includes('catapult');
}

function spike(event: Readonly<Record<string, unknown>>): Spike {
  const begin = number(event.begin)!;
  return {
    open: event.state === 'open',
    begin,
    end: number(event.end),
    confirmedAt: number(event.confirmedAt),
    peak: number(event.peak),
    peakStep: number(event.peakStep) ?? begin,
    ratio: number(event.ratio),
    verdict: typeof event.verdict === 'string' ? event.verdict : String(event.kind ?? 'spike'),
    topShare: number(event.topShare),
    lambdaBefore: number(event.lambdaBefore),
    lambdaAfter: number(event.lambdaAfter),
    recoveredIn: number(event.recoveredIn),
    evidence: typeof event.evidence === 'string' ? event.evidence : '',
  };
}

function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? Number(value) : undefined;
}
