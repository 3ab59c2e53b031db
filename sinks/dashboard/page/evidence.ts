import { columnKey } from '../../../src/formats/webSocket/protocol.ts';
import { formatCount, formatNumber } from './format.ts';
import { panelsOf } from './panels.ts';
import type { RunEvent } from './runEvent.ts';
import type { RunRecord } from './runRecord.ts';

/** What was measured around an event. */
export interface Evidence {
  /** What it was, for a reader who knows nothing yet. */
  readonly sentences: readonly string[];
  /** The moments at which the quantities are told. */
  readonly moments: readonly { readonly name: string; readonly step: number }[];
  readonly quantities: readonly {
    readonly name: string;
    readonly unit: string;
    readonly values: readonly (number | undefined)[];
  }[];
}

/** Quantities at most: more are in the charts. */
const MOST = 10;
const telling = new Set(['loss', 'split', 'lambda', 'ratio', 'alignment', 'accuracy']);

/** Gathers what the run measured before, during and after an event. */
export function evidenceOf(record: RunRecord, event: RunEvent): Evidence {
  const moments = momentsOf(record, event);
  const rows = moments.map(({ step }) => record.rowOfStep(step));
  const { main } = panelsOf(record.hello.columns, record.leaves);
  const quantities = main
    .filter(({ id }) => telling.has(id))
    .flatMap(({ series, title, id }) =>
      series.map(({ key, label, column }) => ({
        name: series.length === 1 ? title : `${id === 'split' ? 'loss' : title.toLowerCase()}, ${label}`,
        unit: column.unit,
        key,
      })),
    )
    .slice(0, MOST)
    .map(({ name, unit, key }) => ({ name, unit, values: rows.map((row) => record.series(key)?.upTo(row)) }))
    .filter(({ values }) => values.some((value) => value !== undefined));
  return { sentences: sentencesOf(record, event), moments, quantities };
}

function momentsOf(record: RunRecord, event: RunEvent): { name: string; step: number }[] {
  const last = record.step ?? event.begin;
  const before = { name: 'before', step: record.stepOfRow(record.rowOfStep(event.begin) - 1) };
  if (event.kind === 'control')
    return [
      { name: 'at', step: event.begin },
      { name: 'now', step: last },
    ];
  const { transition } = event;
  if (transition !== undefined) {
    const at = (name: string, time: number | undefined) =>
      time === undefined ? [] : [{ name, step: record.stepOfRow(record.rowOfTime(time)) }];
    const { memorised, onset, t10, t50, t90 } = transition;
    const known = t10 === undefined ? at('onset', onset) : [...at('10 %', t10), ...at('50 %', t50), ...at('90 %', t90)];
    return [...at('memorised', memorised), ...known, { name: 'now', step: last }];
  }
  const after = event.end === undefined ? { name: 'now', step: last } : { name: 'after', step: event.end };
  return [before, { name: 'at the peak', step: event.peakStep }, after];
}

function sentencesOf(record: RunRecord, event: RunEvent): string[] {
  const sentences = event.evidence === '' ? [] : [event.evidence.replace(/^./, (letter) => letter.toUpperCase())];
  const { confirmedAt, begin, confidence, kind } = event;
  if (kind === 'control') return sentences;
  const split = complementGrowth(record, event);
  if (split !== undefined) {
    sentences.push(`The loss outside the top eigenspace was at most ${formatNumber(split, 3)} times what it had been.`);
  }
  if (confirmedAt !== undefined && confirmedAt > begin) {
    sentences.push(`It began at step ${formatCount(begin)} and could be known at step ${formatCount(confirmedAt)}.`);
  }
  if (confidence !== undefined) sentences.push(`The verdict is ${percent(confidence)} sure.`);
  else if (event.open) sentences.push('It is still open.');
  return sentences;
}

/** How many times its value before the event the loss outside the top eigenspace grew to, at most. */
function complementGrowth(record: RunRecord, { kind, begin, end, peakStep }: RunEvent): number | undefined {
  const leaf = record.leaves.find(({ path }) => path.at(-1) === 'lossComplement');
  if (kind !== 'spike' || leaf === undefined) return undefined;
  const series = record.series(columnKey(leaf.path))!;
  const first = record.rowOfStep(begin);
  const before = series.upTo(first - 1);
  if (before === undefined || !(before > 0)) return undefined;
  let most = 0;
  for (let row = first; row <= record.rowOfStep(end ?? peakStep); row++) most = Math.max(most, series.upTo(row) ?? 0);
  return Number.isFinite(most) ? most / before : undefined;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
