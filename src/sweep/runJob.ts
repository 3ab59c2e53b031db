import { concat, defer, from, map, type Observable, of, switchMap, tap } from 'rxjs';
import type { Json } from '../run.ts';
import type { Row } from '../step.ts';
import type { Job } from './job.ts';
import { plainResult } from './plainResult.ts';
import { preparedJob } from './preparedJob.ts';

export type JobStep =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'result'; readonly result: { readonly [name: string]: Json } };

/**
 * Runs a job in this thread: its rows, then its result.
 *
 * ```
 * runJob(job)   --row--row-- ... --row--(result|)
 * ```
 */
export function runJob(job: Job): Observable<JobStep> {
  return defer(() => from(preparedJob(job))).pipe(
    switchMap(({ rows, summary }) => {
      const summed = rows.pipe(tap((row) => summary.push(row)));
      const recorded = job.file === undefined ? summed : toFile(summed, job.file);
      return concat(
        recorded.pipe(map((row): JobStep => ({ kind: 'row', row }))),
        defer(() => of<JobStep>({ kind: 'result', result: plainResult(summary.result()) })),
      );
    }),
  );
}

/** Arrow is loaded only where it is wanted: it takes a good part of the time in which a thread starts. */
function toFile(rows: Observable<Row>, path: string): Observable<Row> {
  return from(import('../../sinks/arrow/toArrow.ts')).pipe(switchMap(({ toArrow }) => rows.pipe(toArrow(path))));
}
