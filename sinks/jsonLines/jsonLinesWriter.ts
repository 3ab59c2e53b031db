import { headerLine } from '../../src/formats/jsonLines/header.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { Output } from '../output.ts';
import type { Writer } from '../sink.ts';
import { rowText } from './rowText.ts';

/** Characters that are collected before they are written, as many small writes are slow. */
const flushAbove = 1 << 16;
/** Milliseconds that a row may wait for others. */
const flushEvery = 250;

/** Makes a line of each row, and hands lines over in bundles. */
export class JsonLinesWriter implements Writer<Row> {
  readonly #open: () => Output;
  readonly #withHeader: boolean;
  #output: Output | undefined;
  #text: ((row: Row) => string) | undefined;
  #pending = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(open: () => Output, withHeader: boolean) {
    this.#open = open;
    this.#withHeader = withHeader;
  }

  begin(run: Run): void {
    this.#text = rowText(run.columns);
    const header = this.#withHeader ? `${headerLine(run)}\n` : '';
    this.#output = this.#open();
    this.#pending = header;
  }

  write(row: Row): void | Promise<void> {
    this.#pending += `${this.#text!(row)}\n`;
    if (this.#pending.length >= flushAbove) return this.#flush();
    this.#timer ??= setTimeout(() => this.#tick(), flushEvery).unref();
  }

  async finish(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#output?.finish(this.#pending);
  }

  #flush(): void | Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    return this.#output!.write(text);
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#pending === '') return;
    try {
      // Where it cannot keep up, the next full bundle waits for it; where it fails, so does that, or the end.
      this.#flush()?.catch(() => {});
    } catch {}
  }
}
