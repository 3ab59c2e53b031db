import { availableParallelism } from 'node:os';
import {
  asapScheduler,
  catchError,
  concat,
  defer,
  EMPTY,
  from,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  ReplaySubject,
  scheduled,
  takeUntil,
} from 'rxjs';
import { z } from 'zod';
import type { Row } from '../step.ts';
import { checked } from '../validation.ts';
import { errorLine } from './errorLine.ts';
import { type Job, Jobs, type Outcome } from './job.ts';
import { localRun } from './localRun.ts';
import type { RunReport } from './runReport.ts';
import { threadRun } from './threadRun.ts';

/** `finish` starts no further run and lets those under way end; `abandon` ends those as well. */
export type SweepControl = 'finish' | 'abandon';

export interface SweepOptions {
  /**
   * Runs at a time, each in a worker thread of its own. Default: as many as the machine has processors. With 0 the jobs
   * run in this thread, one after the other: for tests and debuggers, as a crash is then the program's.
   */
  readonly workers?: number;
  /** Whether the rows come along, or only what became of each run. Default `all`. */
  readonly rows?: 'all' | 'none';
  /** Most MiB of JavaScript heap for a run, beyond which it fails; tensors on wasm are not counted. Default: Node's. */
  readonly memory?: number;
  readonly control$?: Observable<SweepControl>;
}

/** What happens in a sweep; `run` is the position of the job among those submitted. */
export type SweepEvent =
  | { readonly kind: 'began'; readonly run: number; readonly job: Job }
  /** A few times a second: the step that the run is at, and about how many it will take if it says so. */
  | { readonly kind: 'progress'; readonly run: number; readonly step: number; readonly expectedSteps: number | null }
  /** A row with its run, fit for every sink; without a probe, but where there are no threads. */
  | { readonly kind: 'row'; readonly run: number; readonly row: Row }
  /** Exactly once for each job, as it happens: see `outcomes()` for the order of submission. */
  | { readonly kind: 'ended'; readonly run: number; readonly outcome: Outcome };

const Options = z.object({
  workers: z.int().min(0).optional(),
  rows: z.enum(['all', 'none']).default('all'),
  memory: z.number().positive().optional(),
});

/**
 * Runs many trainings over worker threads.
 *
 * ```
 * sweep([a, b, c], { workers: 2 })   --began a--began b--row a--row b--ended b--began c--row a-- ... --|
 * ```
 *
 * Each run has a fresh thread, and with it a TensorFlow.js engine of its own: the same job gives the same rows there as
 * anywhere, and a crash (an error, `process.exit`, no memory left) fails that run only. Rows come in order within a run;
 * a worker stops when some 256 of its rows have not been dealt with, and no next row of a run is delivered while one is
 * held (`row.hold()`). Unsubscribing terminates the workers.
 *
 * @example
 * const module = new URL('./trainings.js', import.meta.url).href;
 * const jobs = [0, 1, 2].map((seed) => ({ name: `seed ${seed}`, module, parameters: { seed } }));
 * sweep(jobs, { rows: 'none' }).pipe(outcomes()).subscribe(({ job, state }) => console.log(job.name, state));
 *
 * @throws {RangeError} at once, naming the job's field, its value and what was expected
 */
export function sweep(jobs: readonly Job[], options: SweepOptions = {}): Observable<SweepEvent> {
  const { workers = availableParallelism(), rows, memory } = checked('sweep', Options, options);
  checked('sweep', Jobs, jobs);
  const started = (job: Job) => {
    const wanted = { rows: rows === 'all', memory };
    return (workers === 0 ? localRun(job, wanted) : threadRun(job, wanted)).pipe(
      catchError((error) => of<RunReport>({ kind: 'ending', ending: { state: 'failed', error: errorLine(error) } })),
    );
  };
  return new Observable((subscriber) => {
    let stopped = false;
    // Also for a run that is told of, and has not started.
    const abandon$ = new ReplaySubject<void>(1);
    subscriber.add(
      (options.control$ ?? NEVER).subscribe({
        next: (control) => {
          stopped = true;
          if (control === 'abandon') abandon$.next();
        },
        error: (error) => subscriber.error(error),
      }),
    );
    const reported = (job: Job, run: number): Observable<SweepEvent> => {
      const abandoned: SweepEvent = { kind: 'ended', run, outcome: { run, job, state: 'abandoned' } };
      // Later, as thousands at once would each add to the stack.
      if (stopped) return scheduled([abandoned], asapScheduler);
      const begin = performance.now();
      let ended = false;
      return concat(
        of<SweepEvent>({ kind: 'began', run, job }),
        started(job).pipe(
          map((report): SweepEvent => {
            if (report.kind !== 'ending') return { ...report, run };
            ended = true;
            const seconds = (performance.now() - begin) / 1000;
            return { kind: 'ended', run, outcome: { run, job, seconds, ...report.ending } };
          }),
          takeUntil(abandon$),
        ),
        defer(() => (ended ? EMPTY : of(abandoned))),
      );
    };
    subscriber.add(
      from(jobs)
        .pipe(mergeMap((job, run) => defer(() => reported(job, run)), Math.max(1, workers)))
        .subscribe(subscriber),
    );
  });
}
