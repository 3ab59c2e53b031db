import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { filter, type Observable, takeUntil, tap } from 'rxjs';
import { type DetectorName, detectorPipe, supersededBy } from '../../pipelines/detectorPipe.ts';
import { EventSummary } from '../../pipelines/eventSummary.ts';
import { fromArrow } from '../sources/arrow/fromArrow.ts';
import { type LossRow, runOf } from '../step.ts';
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
}

/** `onager replay`: detectors on a run that was recorded, so that new ones can be tried on old runs. */
export function addReplayCommand(program: Command): void {
  const replay = program
    .command('replay')
    .description('run detectors over a recorded run')
    .argument('<file>', 'Arrow file that a run was written to')
    .option('--pipe <names>', 'detectors, with commas', pipeOption, ['spikes', 'catapults'])
    .option('--speed <factor>', 'times real time (default: as fast as it can)', numberOption)
    .option('--ratio <factor>', 'smallest rise worth an event (default: 1.3)', numberOption)
    .option('--patience <steps>', 'steps within which a spike must come back (default: 200)', numberOption)
    .option('--noise <sigma>', 'scatter of the log-loss, if known; 0 for full batches', numberOption);
  addShowOptions(replay, 'Arrow file to write (default: none)').action(async (file: string, options: ReplayOptions) => {
    try {
      const { pipe, speed, ratio, patience, noise, out } = options;
      if (out !== undefined && samePath(file, out))
        throw new RangeError(`--out ${out}: expected another file than is read`);
      const rows = fromArrow(file, { speed, without: supersededBy(pipe) });
      const detectors = detectorPipe(pipe, {
        ...(ratio === undefined ? {} : { ratio }),
        ...(patience === undefined ? {} : { patience }),
        ...(noise === undefined ? {} : { noise }),
      });
      await showRun(
        options,
        async ({ control$ }) => ({
          name: file,
          rows: detectors(rows.pipe(takeUntil(control$.pipe(filter(({ type }) => type === 'stop'))), withLoss())),
          summary: new EventSummary(),
          accepts: ['stop'],
        }),
        () => undefined,
      );
    } catch (error) {
      fail(error);
    }
  });
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

function samePath(a: string, b: string): boolean {
  const real = (path: string) => {
    try {
      return realpathSync(path);
    } catch {
      return resolve(path);
    }
  };
  return real(a) === real(b);
}
