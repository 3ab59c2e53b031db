import { encodeEvent } from '../../src/formats/tensorBoard/event.ts';
import { framed } from '../../src/formats/tensorBoard/recordFrame.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { Output } from '../output.ts';
import type { Writer } from '../sink.ts';
import { RowSummary } from './rowSummary.ts';

/** Bytes that are collected before they are written, as many small writes are slow. */
const flushAbove = 1 << 16;
/** Milliseconds that a row may wait for others. */
const flushEvery = 250;

/** Makes an event of each row, and hands records over in bundles. */
export class EventWriter implements Writer<Row> {
  readonly #open: () => Output;
  #output: Output | undefined;
  #summary: RowSummary | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(open: () => Output) {
    this.#open = open;
  }

  begin(run: Run, first: Row): void {
    this.#summary = new RowSummary(run.columns);
    this.#output = this.#open();
    const wallTime = Date.now() / 1000;
    this.#add(encodeEvent({ wallTime, step: 0, fileVersion: 'brain.Event:2', scalars: [], texts: [] }));
    const { name, metadata } = run;
    const description = `    ${JSON.stringify({ name, ...metadata }, null, 2).replaceAll('\n', '\n    ')}`;
    this.#add(encodeEvent({ wallTime, step: first.step, scalars: [], texts: [['run', description]] }));
  }

  write(row: Row): void | Promise<void> {
    const { scalars, texts } = this.#summary!.of(row);
    this.#add(encodeEvent({ wallTime: Date.now() / 1000, step: row.step, scalars, texts }));
    if (this.#pendingBytes >= flushAbove) return this.#output!.write(this.#take());
    this.#timer ??= setTimeout(() => this.#tick(), flushEvery).unref();
  }

  async finish(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#output?.finish(this.#take());
  }

  #add(event: Uint8Array): void {
    const frame = framed(event);
    this.#pending.push(frame);
    this.#pendingBytes += frame.length;
  }

  #take(): Uint8Array {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return bytes;
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#pendingBytes === 0) return;
    try {
      // Where it cannot keep up, the next full bundle waits for it; where it fails, so does that, or the end.
      this.#output!.write(this.#take())?.catch(() => {});
    } catch {}
  }
}
