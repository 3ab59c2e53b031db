import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import type { TerminalStream } from '../../sinks/terminal/screen.ts';
import { jobKey, type Outcome } from './job.ts';
import { type ResultLine, ResultsFile } from './resultsFile.ts';
import { type SweepOptions, sweep } from './sweep.ts';
import { SweepProgress } from './sweepProgress.ts';
import { type VariantResult, type VariantRun, type Variants, variantRuns } from './variants.ts';

const { version } = createRequire(import.meta.url)('onager/package.json') as { version: string };

export interface RunVariantsOptions extends Omit<SweepOptions, 'rows'> {
  /**
   * Folder for `results.jsonl`, a line a run. Runs that have finished there before, with the same parameters and the same
   * version of Onager, are not run again.
   */
  readonly out?: string;
  /** Whether to write the rows of each run to an Arrow file in that folder as well. */
  readonly rows?: boolean;
  /** Where to show a bar with the time left, such as `process.stderr`. */
  readonly progress?: TerminalStream;
}

/**
 * Runs every variant with every seed over worker threads, and gives what became of each, in order: what a pipeline that
 * compares methods is made of. `cellStatistics`, `compareCells` and `variantsTable` sum it up.
 *
 * @example
 * const results = await runVariants({
 *   module: 'onager/pipelines',
 *   export: 'catapultsPipeline',
 *   parameters: { size: 'small' },
 *   cells: gridCells({ catapults: [0, 4] }),
 *   seeds: [0, 1, 2],
 * }, { out: 'runs/catapults' });
 * console.log(variantsTable(cellStatistics(results)));
 *
 * @throws {RangeError} before anything runs, when the variants are not usable
 * @throws {CannotWriteError} when `out` cannot be written to; a run that fails is an outcome, and no error
 */
export async function runVariants(variants: Variants, options: RunVariantsOptions = {}): Promise<VariantResult[]> {
  const { out, rows = false, progress, ...sweepOptions } = options;
  if (rows && out === undefined) throw new RangeError('sweep: rows: expected a folder for them, as out');
  const runs = variantRuns(variants).map((run) =>
    rows ? { ...run, job: { ...run.job, file: rowsFile(out!, run) } } : run,
  );
  const results = out === undefined ? undefined : new ResultsFile(join(out, 'results.jsonl'));
  try {
    const known = runs.map(({ job }) => {
      const line = results?.finished(jobKey(job, version));
      // A run whose rows are wanted and were not kept is to be run again.
      return rows && line !== undefined && !(line.file !== null && existsSync(job.file!)) ? undefined : line;
    });
    const pending = runs.filter((_, i) => known[i] === undefined);
    const events = sweep(
      pending.map(({ job }) => job),
      { ...sweepOptions, rows: 'none' },
    );
    const bar =
      progress &&
      new SweepProgress(progress, {
        runs: runs.length,
        reused: runs.length - pending.length,
        workers: sweepOptions.workers,
      });
    const fresh: Outcome[] = [];
    try {
      await lastValueFrom(
        events.pipe(
          tap((event) => {
            if (event.kind === 'ended') {
              fresh[event.run] = event.outcome;
              if (event.outcome.state !== 'abandoned') results?.append(resultLine(event.outcome));
            }
            bar?.next(event);
          }),
        ),
        { defaultValue: undefined },
      );
    } finally {
      bar?.end();
    }
    let next = 0;
    return runs.map((run, i): VariantResult => {
      const line = known[i];
      if (line === undefined) return { ...run, outcome: { ...fresh[next++]!, run: i }, reused: false };
      const { result = {}, seconds } = line;
      return { ...run, outcome: { run: i, job: run.job, state: 'finished', result, seconds }, reused: true };
    });
  } finally {
    results?.close();
  }
}

function resultLine(outcome: Exclude<Outcome, { state: 'abandoned' }>): ResultLine {
  const { job, seconds } = outcome;
  return {
    key: jobKey(job, version),
    name: job.name,
    parameters: job.parameters as ResultLine['parameters'],
    seconds,
    file: job.file ?? null,
    ...(outcome.state === 'finished'
      ? { result: outcome.result as NonNullable<ResultLine['result']> }
      : { error: outcome.error }),
  };
}

/** A name that a person can read, with a hash that keeps it apart from others. */
function rowsFile(folder: string, { job }: VariantRun): string {
  const readable = job.name.replace(/[^\w.=+-]+/g, '-').slice(0, 80);
  return join(folder, `${readable}-${jobKey(job).slice(0, 8)}.arrows`);
}
