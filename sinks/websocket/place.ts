import { ARROW_PROTOCOL, JSON_PROTOCOL } from '../../src/formats/webSocket/protocol.ts';
import type { Frame } from './frameMemory.ts';
import type { Encoding, RunFrames } from './runFrames.ts';

const EVENT_BYTES = 128 * 1024;

/** What one client asked for, and what it is allowed. */
export interface Terms {
  readonly encoding: Encoding;
  /** Whether it wants every row that it missed, however long that takes. */
  readonly every: boolean;
  /** Bytes of rows that a slow client may fall behind before what it missed is thinned. */
  readonly lagBytes: number;
  /** Bytes that the thinned rest may take. */
  readonly gapBytes: number;
}

/** How far one client is in one run. */
export class Place {
  readonly run: RunFrames;
  readonly #terms: Terms;
  /** Rows below this are history, which every client gets whole. */
  readonly #history: number;
  #row: number;
  #event = 0;
  #greeted = false;
  #told = false;
  /** What a slow client gets thinned: rows up to `to`. */
  #gap: { readonly to: number; readonly size: number } | undefined;

  /** All events follow, whatever the row to go on from, since a report may have changed meanwhile. */
  constructor(run: RunFrames, from: number, terms: Terms) {
    this.run = run;
    this.#row = from;
    this.#history = run.history.rows;
    this.#terms = terms;
  }

  /** Whether there is something left that the client has not been given. */
  get behind(): boolean {
    return !this.level || (this.run.history.ended && !this.#told);
  }

  /** Whether it has been given all rows and events so far. */
  get level(): boolean {
    const { rows, log } = this.run.history;
    return this.#greeted && this.#row === rows && this.#event === log.end;
  }

  /** Whether rows are to come that were there before it. */
  get inHistory(): boolean {
    return this.#row < this.#history;
  }

  /**
   * The next frames of a place that is behind.
   * @param slow whether the client's socket was full since it was level
   */
  next(slow: boolean): readonly Frame[] {
    const { history } = this.run;
    if (!this.#greeted) return this.#greeting();
    if (this.#event < history.log.end) return this.#events();
    if (this.#row < history.rows) return this.#rows(slow);
    this.#told = true;
    return [json(history.status())];
  }

  #greeting(): readonly Frame[] {
    this.#greeted = true;
    const { history } = this.run;
    const arrow = this.#terms.encoding === 'arrow';
    const frames = [json(history.hello(this.#row, arrow ? ARROW_PROTOCOL : JSON_PROTOCOL))];
    if (arrow) frames.push(...this.run.schema());
    if (!history.ended) frames.push(json(history.status()));
    return frames;
  }

  #events(): readonly Frame[] {
    const { id, log } = this.run.history;
    const { reports, place } = log.after(this.#event, EVENT_BYTES);
    this.#event = place;
    if (reports.length === 0) return [];
    return [{ data: `{"type":"events","run":"${id}","events":[${reports.join(',')}]}`, binary: false }];
  }

  #rows(slow: boolean): readonly Frame[] {
    const { history } = this.run;
    const from = this.#row;
    if (from < history.thinnedTo) return this.#leap(history.thinnedTo, history.bucketRows, 'history');
    if (this.#gap === undefined && slow && !this.#terms.every && from >= this.#history) {
      const missed = history.rows - from;
      const size = this.run.bucketRowsFor(missed, this.#terms.gapBytes);
      const to = history.rows - (history.rows % size);
      if (missed * history.rowBytes > this.#terms.lagBytes && to > from) this.#gap = { to, size };
    }
    if (this.#gap !== undefined) {
      const { to, size } = this.#gap;
      const frames = this.#leap(to, size, 'slow');
      if (this.#row >= to) this.#gap = undefined;
      return frames;
    }
    const { frames, to } = this.run.rows(from, this.#terms.encoding);
    this.#row = to;
    return frames;
  }

  #leap(to: number, size: number, reason: 'history' | 'slow'): readonly Frame[] {
    const piece = this.run.gap(this.#row, to, size, reason);
    this.#row = piece.to;
    return piece.frames;
  }
}

function json(message: object): Frame {
  return { data: JSON.stringify(message), binary: false };
}
