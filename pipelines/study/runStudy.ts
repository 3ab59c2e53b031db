import { join } from 'node:path';
import { from, lastValueFrom } from 'rxjs';
import type { Parameters } from '../../src/sweep/job.ts';
import { type RunVariantsOptions, runVariants } from '../../src/sweep/runVariants.ts';
import type { VariantResult } from '../../src/sweep/variants.ts';
import type { Study, StudyPart } from './study.ts';
import { StudyReport } from './studyReport.ts';
import { studyRows } from './studyRows.ts';

export interface RunStudyOptions extends RunVariantsOptions {
  /** Default 0 to 4. */
  readonly seeds?: readonly number[];
  /** Options that all runs of a part are given beside its own, such as a smaller size. */
  readonly parameters?: (part: StudyPart) => Parameters;
  /** Where the pipelines are found. Default `onager/pipelines`. */
  readonly module?: string;
  /** Told before each part. */
  readonly beginning?: (part: StudyPart) => void;
}

/**
 * Runs all variants of a study with all seeds, part by part, and judges its claims. With `out`, a folder, every run is kept
 * in `results.jsonl` as it ends, so that the study goes on where it was interrupted, and `runs.arrows` has a row a run.
 * A run that fails is an outcome: it is missing in the tables, which say so.
 *
 * @example
 * const report = await runStudy(batchSizeStudy, { out: 'runs/batch-size-study', progress: process.stderr });
 * console.log(report.text());
 *
 * @throws {RangeError} before anything runs, when variants, seeds or parameters are not usable
 * @throws {CannotWriteError} when `out` cannot be written to
 */
export async function runStudy(study: Study, options: RunStudyOptions = {}): Promise<StudyReport> {
  const { seeds = [0, 1, 2, 3, 4], parameters, module = 'onager/pipelines', beginning, ...running } = options;
  const results: VariantResult[][] = [];
  for (const part of study.parts) {
    beginning?.(part);
    results.push(
      await runVariants(
        {
          module,
          export: part.pipeline,
          parameters: { ...part.parameters, ...parameters?.(part) },
          cells: part.variants.map((variant) => variant.parameters),
          seeds,
        },
        running,
      ),
    );
  }
  const report = new StudyReport(study, seeds, results);
  const rows = studyRows(report);
  if (running.out !== undefined && rows.length > 0) {
    // Only now: the threads that train load this file as well, and Arrow takes a good part of the time to start.
    const { toArrow } = await import('../../sinks/arrow/toArrow.ts');
    await lastValueFrom(from(rows).pipe(toArrow(join(running.out, 'runs.arrows'))));
  }
  return report;
}
