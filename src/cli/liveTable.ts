import type { EventReport } from '../../sinks/websocket/protocol.ts';
import type { LeafColumn } from '../columns.ts';
import type { Row } from '../step.ts';
import { sparkline } from './sparkline.ts';

/** Values remembered for each sparkline; when there are more, every other one goes, but for the extremes. */
const remembered = 4096;
const barWidth = 32;

/** A table of columns with their latest values and sparklines, drawn over itself at most ten times a second. */
export class LiveTable {
  readonly #name: string;
  readonly #columns: readonly { readonly leaf: LeafColumn; readonly values: (number | null)[]; latest: unknown }[];
  readonly #out: NodeJS.WriteStream;
  readonly #events = new Map<number, EventReport>();
  #rows = 0;
  #drawn = 0;
  #lines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, columns: readonly LeafColumn[], out: NodeJS.WriteStream) {
    this.#name = name;
    this.#columns = columns.map((leaf) => ({ leaf, values: [], latest: null }));
    this.#out = out;
  }

  push(row: Row, valueAt: (row: Row, path: readonly string[]) => unknown): void {
    this.#rows++;
    for (const column of this.#columns) {
      const value = valueAt(row, column.leaf.path);
      if (value !== null && value !== undefined) column.latest = value;
      column.values.push(typeof value === 'number' ? value : null);
      if (column.values.length > remembered) thin(column.values);
    }
    this.#soon();
  }

  report(report: EventReport): void {
    // Where two groups speak of one rise, the later in the pipe knows more.
    this.#events.set(report.begin, report);
    this.#soon();
  }

  note(text: string): void {
    this.#draw(text);
  }

  finish(how: string): void {
    this.#draw(how);
    this.#lines = 0;
  }

  #soon(): void {
    if (this.#timer !== undefined) return;
    // Without a terminal the table is printed when the run ends, and not before.
    if (!this.#out.isTTY) return;
    this.#timer = setTimeout(() => this.#draw('live'), Math.max(0, 100 - (performance.now() - this.#drawn)));
  }

  #draw(state: string): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drawn = performance.now();
    const width = Math.max(...this.#columns.map(({ leaf }) => leaf.path.join('.').length), 4);
    const room = this.#out.columns ?? 100;
    const lines = [
      `${this.#name}  ${this.#rows} rows  ${state}`,
      ...this.#columns.map(({ leaf, values, latest }) =>
        `${leaf.path.join('.').padEnd(width)}  ${shown(latest).padStart(11)}  ${sparkline(values, barWidth)}  ${leaf.column.unit}`.slice(
          0,
          room - 1,
        ),
      ),
      ...[...this.#events.values()]
        .slice(-5)
        .map(({ group, begin, event }) =>
          `${group}: step ${begin}  ${event.verdict ?? event.kind}  ${event.evidence ?? ''}`.slice(0, room - 1),
        ),
    ];
    const over = this.#out.isTTY && this.#lines > 0 ? `\x1b[${this.#lines}A\x1b[J` : '';
    this.#out.write(`${over}${lines.join('\n')}\n`);
    this.#lines = lines.length;
  }
}

/** Halves a series in place: of each two neighbours the one farther from their predecessor stays. */
function thin(values: (number | null)[]): void {
  let kept = 0;
  let previous = 0;
  for (let index = 0; index + 1 < values.length; index += 2) {
    const a = values[index]!;
    const b = values[index + 1]!;
    const stays = distance(a, previous) >= distance(b, previous) ? a : b;
    values[kept++] = stays;
    if (stays !== null && Number.isFinite(stays)) previous = stays;
  }
  values.length = kept;
}

function distance(value: number | null, from: number): number {
  if (value === null) return -1;
  return Number.isFinite(value) ? Math.abs(value - from) : Number.POSITIVE_INFINITY;
}

function shown(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
  return value === null ? '-' : String(value);
}
