import { from, type Observable } from 'rxjs';
import type { EventReport } from '../../../src/formats/webSocket/protocol.ts';
import { catapults } from '../../../src/operators/catapults.ts';
import { spikes } from '../../../src/operators/spikes.ts';
import type { LossRow } from '../../../src/step.ts';
import type { RunRecord } from './runRecord.ts';

/** Settings of the detectors, as `spikes()` and `catapults()` take them. */
export interface DetectorSettings {
  readonly ratio?: number;
  readonly patience?: number;
  readonly noise?: number;
  readonly flattening?: number;
  readonly topShare?: number;
}

/**
 * What the detectors of rises find in a run with these settings, from the loss and what was recorded of the kernel.
 * @throws {RangeError} naming the setting that is out of range
 * @throws {Error} when the run has no loss, or rows of it are not here
 */
export function redetect(record: RunRecord, settings: DetectorSettings): EventReport[] {
  if (record.series('loss') === undefined) throw new Error('the run has no column loss');
  if (record.thinned > 0) throw new Error('only the extremes of some rows are here, and detectors need every row');
  const { ratio, patience, noise, flattening, topShare } = settings;
  const ofSpikes = Object.fromEntries(
    Object.entries({ ratio, patience, noise }).filter(([, value]) => value !== undefined),
  );
  const ofCatapults = Object.fromEntries(
    Object.entries({ flattening, topShare }).filter(([, value]) => value !== undefined),
  );
  const rows = from(rowsOf(record)) as Observable<LossRow>;
  const reports: EventReport[] = [];
  let failure: unknown;
  rows.pipe(spikes(ofSpikes), catapults(ofCatapults)).subscribe({
    next({ spikes: { event }, catapults: { event: judged } }) {
      const found = judged ?? event;
      if (found !== null) reports.push({ group: 'catapults.event', begin: found.begin, event: { ...found } });
    },
    error(error) {
      failure = error;
    },
  });
  if (failure !== undefined) throw failure;
  return reports;
}

/** The rows that have a loss, with what the detectors look at. */
function* rowsOf(record: RunRecord): Generator<LossRow> {
  const loss = record.series('loss')!;
  const lambdaMax = valueReader(record, 'tangentKernel.lambdaMax');
  const learningRateRatio = valueReader(record, 'tangentKernel.learningRateRatio');
  const lossTop = valueReader(record, 'eigenspace.lossTop');
  for (let i = 0; i < loss.length; i++) {
    const row = loss.rows[i]!;
    const tangentKernel = { lambdaMax: lambdaMax(row), learningRateRatio: learningRateRatio(row) };
    const eigenspace = { lossTop: lossTop(row) };
    yield { step: record.stepOfRow(row), loss: loss.y[i]!, tangentKernel, eigenspace } as unknown as LossRow;
  }
}

/** Reads a column at rows that ascend; null where it was not computed. */
function valueReader(record: RunRecord, key: string): (row: number) => number | null {
  const series = record.series(key);
  let next = 0;
  return (row) => {
    if (series === undefined) return null;
    while (next < series.length && series.rows[next]! < row) next++;
    return series.rows[next] === row && next < series.length ? series.y[next]! : null;
  };
}
