import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Observable } from 'rxjs';
import { errorLine } from './errorLine.ts';
import type { Job } from './job.ts';
import type { WorkerMessage, WorkerTask } from './messages.ts';
import { RowInbox } from './rowInbox.ts';
import type { Ending, RunReport } from './runReport.ts';

/** Beside this file and of its kind: compiled, or TypeScript where Node strips the types. */
const workerFile = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

export interface ThreadOptions {
  /** Whether the rows are wanted. */
  readonly rows: boolean;
  /** Most MiB of JavaScript heap. */
  readonly memory?: number | undefined;
}

/**
 * Runs a job in a thread of its own, which ends with the run. Whatever happens in it (an error, `process.exit`, no memory
 * left) is the ending of this run and of no other; nothing that it leaves behind reaches the next. Unsubscribing
 * terminates it.
 */
export function threadRun(job: Job, { rows, memory }: ThreadOptions): Observable<RunReport> {
  return new Observable((subscriber) => {
    const consumed = new SharedArrayBuffer(4);
    const inbox = new RowInbox(consumed, (row) => subscriber.next({ kind: 'row', row }));
    const worker = new Worker(workerFile, {
      workerData: { job, rows, consumed } satisfies WorkerTask,
      // What a training prints must not get between the results on stdout.
      stdout: true,
      ...(memory === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memory } }),
    });
    worker.stdout.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    let ended = false;
    const end = (ending: Ending) => {
      if (ended) return;
      ended = true;
      inbox.whenEmpty(() => {
        subscriber.next({ kind: 'ending', ending });
        worker.terminate().then(() => subscriber.complete());
      });
    };
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'begin') inbox.begin(message);
      else if (message.kind === 'rows') inbox.push(message.rows);
      else if (message.kind === 'progress') subscriber.next(message);
      else if (message.kind === 'result') end({ state: 'finished', result: message.result });
      else end({ state: 'failed', error: message.error });
    });
    worker.on('messageerror', (error) => end({ state: 'failed', error: errorLine(error) }));
    worker.on('error', (error) => end({ state: 'failed', error: errorLine(error) }));
    worker.on('exit', (code) => end({ state: 'failed', error: `its thread ended with exit code ${code}` }));
    return () => void worker.terminate();
  });
}
