import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { filter, type Observable, takeUntil, tap } from 'rxjs';
import { type DetectorName, detectorPipe, supersededBy } from '../../pipelines/detectorPipe.ts';
import { EventSummary } from '../../pipelines/eventSummary.ts';
import { isRunFolder, pathsIn } from '../formats/arrow/runFolder.ts';
import { fromArrow } from '../sources/arrow/fromArrow.ts';
import { type LossRow, runOf } from '../step.ts';
import { ComparedSummary } from './comparedSummary.ts';
import { fail } from './failure.ts';
import { numberOption } from './numberOption.ts';
import { pipeOption } from './pipeOption.ts';
import { addShowOptions, type ShowOptions, showRun } from './showRun.ts';

interface ReplayOptions extends ShowOptions {
  readonly pipe: readonly DetectorName[];
  readonly speed?: number;
  readonly ratio?: number;
  readonly patience?: number;
  readonly noise?: number;
  readonly follow?: boolean;
  readonly recorded?: boolean;
}

/** `onager replay`: detectors on a run that was recorded, so that new ones can be tried on old runs. */
export function addReplayCommand(program: Command): void {
  const replay = program
    .command('replay')
    .description('run detectors over a recorded run')
    .argument('<run>', 'folder or Arrow file that a run was written to')
    .option('--pipe <names>', 'detectors, with commas', pipeOption, ['spikes', 'catapults'])
    .option('--speed <factor>', 'times real time (default: as fast as it can)', numberOption)
    .option('--ratio <factor>', 'smallest rise worth an event (default: 1.3)', numberOption)
    .option('--patience <steps>', 'steps within which a spike must come back (default: 200)', numberOption)
    .option('--noise <sigma>', 'scatter of the log-loss, if known; 0 for full batches', numberOption)
    .option('--follow', 'wait for what a run that still goes on is yet to write')
    .option('--recorded', 'list the events that were recorded beside those found now');
  addShowOptions(replay, 'where to write the run again (default: nowhere)').action(
    async (file: string, options: ReplayOptions) => {
      try {
        const { pipe, speed, ratio, patience, noise, out, follow, recorded } = options;
        if (out !== undefined && sharesTable(file, out))
          throw new RangeError(`--out ${out}: expected another path than is read`);
        const rows = fromArrow(file, { speed, follow, without: supersededBy(pipe) });
        const detectors = detectorPipe(pipe, {
          ...(ratio === undefined ? {} : { ratio }),
          ...(patience === undefined ? {} : { patience }),
          ...(noise === undefined ? {} : { noise }),
        });
        const summary = recorded ? new ComparedSummary(file) : new EventSummary();
        await showRun(
          options,
          async ({ control$ }) => ({
            name: file,
            rows: detectors(rows.pipe(takeUntil(control$.pipe(filter(({ type }) => type === 'stop'))), withLoss())),
            summary,
            // Only now is all recorded of a run that was followed.
            close: async () => (summary instanceof ComparedSummary ? summary.readRecorded() : undefined),
            accepts: ['stop'],
          }),
          () => undefined,
        );
      } catch (error) {
        fail(error);
      }
    },
  );
}

/** An error with the first row when there is no loss for the detectors. */
function withLoss() {
  let first = true;
  return (rows: Observable<LossRow>) =>
    rows.pipe(
      tap((row) => {
        if (first && !runOf(row).columns.some(({ name }) => name === 'loss'))
          throw new Error("replay: the run has no column 'loss' for the detectors");
        first = false;
      }),
    );
}

/** Whether writing to one path would change what is read from the other. */
function sharesTable(read: string, written: string): boolean {
  const tables = new Set(tablesOf(read));
  return tablesOf(written).some((table) => tables.has(table));
}

function tablesOf(path: string): string[] {
  const tables = isRunFolder(path) ? Object.values(pathsIn(path)) : [path];
  return tables.map((table) => {
    try {
      return realpathSync(table);
    } catch {
      return resolve(table);
    }
  });
}
