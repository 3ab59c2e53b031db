import { mergeMap, type Observable } from 'rxjs';
import type { Job } from './job.ts';
import { expectedSteps, ProgressClock } from './progressClock.ts';
import { runJob } from './runJob.ts';
import type { RunReport } from './runReport.ts';

/** Runs a job in this thread, where nothing shields the program from it; its rows are the live ones. */
export function localRun(job: Job, { rows }: { readonly rows: boolean }): Observable<RunReport> {
  const clock = new ProgressClock();
  return runJob(job).pipe(
    mergeMap((step): RunReport[] => {
      if (step.kind === 'result') return [{ kind: 'ending', ending: { state: 'finished', result: step.result } }];
      const { row } = step;
      const reports: RunReport[] = rows ? [{ kind: 'row', row }] : [];
      if (clock.due()) reports.unshift({ kind: 'progress', step: row.step, expectedSteps: expectedSteps(row) });
      return reports;
    }),
  );
}
