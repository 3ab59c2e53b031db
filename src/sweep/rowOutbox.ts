import type { MessagePort } from 'node:worker_threads';
import { type Row, type Snapshot, snapshot } from '../step.ts';
import { rowWindow, type WorkerMessage } from './messages.ts';

const batchRows = 64;
/** Milliseconds that a row may wait for others. */
const flushAfter = 50;

/**
 * Sends rows to the consumer in batches. When the consumer lags behind by {@link rowWindow} rows the whole thread waits,
 * whatever the rows come from, so that what lies between the two stays bounded.
 */
export class RowOutbox {
  readonly #port: MessagePort;
  readonly #consumed: Int32Array;
  #batch: Snapshot<Row>[] = [];
  /** Rows sent so far, modulo 2^32 as the count of those dealt with is. */
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(port: MessagePort, consumed: SharedArrayBuffer) {
    this.#port = port;
    this.#consumed = new Int32Array(consumed);
  }

  push(row: Row): void {
    this.#batch.push(snapshot(row));
    if (this.#batch.length >= batchRows) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushAfter);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.length === 0) return;
    const rows = this.#batch;
    this.#batch = [];
    this.#sent = (this.#sent + rows.length) | 0;
    this.#port.postMessage({ kind: 'rows', rows } satisfies WorkerMessage, buffersOf(rows));
    for (;;) {
      const consumed = Atomics.load(this.#consumed, 0);
      if (((this.#sent - consumed) | 0) < rowWindow) return;
      Atomics.wait(this.#consumed, 0, consumed);
    }
  }
}

/** The memory of typed arrays in the rows, which is handed over and not copied: the snapshots own it. */
function buffersOf(rows: readonly Snapshot<Row>[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (group: object) => {
    for (const value of Object.values(group)) {
      if (typeof value !== 'object' || value === null) continue;
      if (!ArrayBuffer.isView(value)) visit(value);
      else if (value.buffer instanceof ArrayBuffer) buffers.add(value.buffer);
    }
  };
  for (const row of rows) visit(row);
  return [...buffers];
}
