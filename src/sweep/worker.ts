import { parentPort, workerData } from 'node:worker_threads';
import { runOf } from '../step.ts';
import { errorLine } from './errorLine.ts';
import type { WorkerMessage, WorkerTask } from './messages.ts';
import { expectedSteps, ProgressClock } from './progressClock.ts';
import { RowOutbox } from './rowOutbox.ts';
import { runJob } from './runJob.ts';

const port = parentPort!;
const { job, rows, consumed } = workerData as WorkerTask;
const tell = (message: WorkerMessage) => port.postMessage(message);
const outbox = new RowOutbox(port, consumed);
const clock = new ProgressClock();
let begun = false;

runJob(job).subscribe({
  next: (step) => {
    if (step.kind === 'result') {
      outbox.flush();
      tell(step);
      return;
    }
    const { row } = step;
    if (clock.due()) tell({ kind: 'progress', step: row.step, expectedSteps: expectedSteps(row) });
    if (!rows) return;
    if (!begun) {
      begun = true;
      const { name, metadata, columns } = runOf(row);
      tell({ kind: 'begin', name, metadata, columns });
    }
    outbox.push(row);
  },
  error: (error) => {
    outbox.flush();
    tell({ kind: 'failed', error: errorLine(error) });
  },
});
