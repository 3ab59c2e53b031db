import { headerLine } from '../../src/formats/jsonLines/header.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { Output } from '../output.ts';
import { provenanceOf } from '../provenance.ts';
import type { Writer } from '../sink.ts';
import { rowText } from './rowText.ts';

/** Characters that are collected before they are written, as many small writes are slow. */
const flushAbove = 1 << 16;
/** Milliseconds that a row may wait for others. */
const flushEvery = 250;

/** Where lines go: a stream, or a file that may be gone on with. */
export interface LinesTarget {
  /** How errors name it. */
  readonly name: string;
  /**
   * Opens it for the lines of a run.
   * @param header the line that describes the run, for a target that begins with it
   * @param saved rows before the first that a checkpoint says are safe; undefined where there is no checkpoint
   */
  open(run: Run, first: Row, header: string | undefined, saved: number | undefined): OpenLines;
}

export interface OpenLines {
  readonly output: Output;
  /** Whether the header is in it already, with rows of this run behind it. */
  readonly begun: boolean;
  /** How many of these there are. */
  readonly rows: number;
}

/** What a checkpoint says of the file. */
type SavedLines = { readonly rows: number };

/** Makes a line of each row, and hands lines over in bundles. */
export class JsonLinesWriter implements Writer<Row> {
  readonly #target: LinesTarget;
  readonly #withHeader: boolean;
  #output: Output | undefined;
  #text: ((row: Row) => string) | undefined;
  #pending = '';
  #rows = 0;
  #timer: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;

  constructor(target: LinesTarget, withHeader: boolean) {
    this.#target = target;
    this.#withHeader = withHeader;
  }

  begin(run: Run, first: Row): void {
    this.#text = rowText(run.columns);
    const { name, columns } = run;
    const metadata = { ...run.metadata, ...provenanceOf(first) };
    const header = this.#withHeader ? headerLine({ name, columns, metadata }) : undefined;
    let saved: number | undefined;
    const restore = (lines: SavedLines) => {
      saved = lines.rows;
    };
    this.#forget = run.keep(`toJsonLines ${this.#target.name}`, { save: () => this.#saved(), restore }, false);
    const { output, begun, rows } = this.#target.open(run, first, header, saved);
    this.#output = output;
    this.#rows = rows;
    this.#pending = begun || header === undefined ? '' : `${header}\n`;
  }

  write(row: Row): void | Promise<void> {
    this.#pending += `${this.#text!(row)}\n`;
    this.#rows++;
    if (this.#pending.length >= flushAbove) return this.#flush();
    this.#timer ??= setTimeout(() => this.#tick(), flushEvery).unref();
  }

  async finish(): Promise<void> {
    clearTimeout(this.#timer);
    this.#forget?.();
    await this.#output?.finish(this.#pending);
  }

  /** A checkpoint says that the rows before it are safe: so they are made, and counted. */
  async #saved(): Promise<SavedLines> {
    const rows = this.#rows;
    const text = this.#pending;
    this.#pending = '';
    await this.#output!.durable(text);
    return { rows };
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
