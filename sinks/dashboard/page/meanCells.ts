import { mean } from '../../../src/statistics/mean.ts';
import { standardDeviation } from '../../../src/statistics/standardDeviation.ts';
import { tally } from './eventTally.ts';
import { formatCount, formatNumber } from './format.ts';
import { parametersOf } from './runColors.ts';
import { isSeed, type SeedGroup } from './seedGroup.ts';

/**
 * What the table of runs tells of a group: state, rows, events, then parameters, then last values.
 * @param keys the columns of the last values
 */
export function meanCells(group: SeedGroup, parameters: readonly string[], keys: readonly string[]): string[] {
  const { records } = group;
  const values = parametersOf(records[0]!);
  const rows = records.map((record) => record.rows);
  const [least, most] = [Math.min(...rows), Math.max(...rows)];
  return [
    '–',
    least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`,
    tally(records.flatMap(({ events }) => events)) || 'none',
    ...parameters.map((name) => (isSeed(name) ? '–' : String(values.get(name) ?? '–'))),
    ...keys.map((key) => lastValues(group, key)),
  ];
}

/** Mean and standard deviation of the last values; where some are no number, how many. */
export function lastValues({ records }: SeedGroup, key: string): string {
  const last = records.flatMap((record) => record.series(key)?.last ?? []);
  if (last.length === 0) return '–';
  const lost = last.filter((value) => !Number.isFinite(value)).length;
  if (lost > 0) return `${lost} of ${last.length} not finite`;
  return last.length < 2
    ? formatNumber(last[0]!)
    : `${formatNumber(mean(last))} ±${formatNumber(standardDeviation(last), 2)}`;
}
