import type { DetectorSuiteResult } from './detectorSuite.ts';
import { table } from './table.ts';

/** The result of the standard suite as tables for a terminal. */
export function detectorSuiteTables({
  set,
  traces,
  spikes,
  smallSpikes,
  levelShifts,
  transitions,
}: DetectorSuiteResult): string {
  const both = (a: number, b: number): string => `${a.toFixed(3)}/${b.toFixed(3)}`;
  const detection = ({ precision, recall }: { precision: number; recall: number }): string => both(precision, recall);
  return [
    `Spikes x3 to x3e5, precision/recall by scatter of the log-loss (${set}, ${traces} traces each)`,
    byScatter(spikes, detection),
    '\nSpikes x1.5 to x2, precision/recall',
    byScatter(smallSpikes, detection),
    '\nLevel shifts, share called a spike/called a level shift',
    byScatter(levelShifts, ({ calledSpike, found }) => both(calledSpike, found)),
    '\nTransitions',
    table(
      ['detector', 'precision', 'recall', 'median |ln t50 error|'],
      transitions.map(({ detector, precision, recall, midpointError }) => [
        detector,
        precision,
        recall,
        midpointError ?? '-',
      ]),
    ),
  ].join('\n');
}

/** A row for each detector, a column for each scatter. */
function byScatter<R extends { readonly detector: string; readonly scatter: number }>(
  results: readonly R[],
  cell: (result: R) => string,
): string {
  const scatters = [...new Set(results.map(({ scatter }) => scatter))];
  const detectors = [...new Set(results.map(({ detector }) => detector))];
  return table(
    ['detector', ...scatters.map(String)],
    detectors.map((name) => [name, ...results.filter(({ detector }) => detector === name).map(cell)]),
  );
}
