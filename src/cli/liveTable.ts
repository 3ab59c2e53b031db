import { sparkline } from '../../sinks/terminal/sparkline.ts';
import type { LeafColumn } from '../columns.ts';
import type { EventReport, Gap, NumberColumnBuckets } from '../formats/webSocket/protocol.ts';
import type { Row } from '../step.ts';
import { eventText } from './eventText.ts';
import { Trace } from './trace.ts';

const barWidth = 32;

/** A table of columns with their latest values and sparklines, drawn over itself at most ten times a second. */
export class LiveTable {
  readonly #name: string;
  readonly #columns: readonly { readonly leaf: LeafColumn; readonly trace: Trace; latest: unknown }[];
  readonly #out: NodeJS.WriteStream;
  readonly #events = new Map<string, EventReport>();
  #rows = 0;
  #drawn = 0;
  #lines = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, columns: readonly LeafColumn[], out: NodeJS.WriteStream) {
    this.#name = name;
    this.#columns = columns.map((leaf) => ({ leaf, trace: new Trace(), latest: null }));
    this.#out = out;
  }

  push(row: Row, valueAt: (row: Row, path: readonly string[]) => unknown): void {
    this.#rows++;
    for (const column of this.#columns) {
      const value = valueAt(row, column.leaf.path);
      if (value !== null && value !== undefined) column.latest = value;
      column.trace.push(typeof value === 'number' ? value : null);
    }
    this.#soon();
  }

  /** Takes what is left of rows that do not come one by one. */
  leap(gap: Gap): void {
    this.#rows += gap.to - gap.from;
    for (const { leaf, trace } of this.#columns) {
      const left = gap.columns[leaf.path.join('.')];
      if (left !== undefined && 'min' in left) traceGap(trace, gap, left);
      else trace.push(null, gap.to - gap.from);
    }
    this.#soon();
  }

  report(report: EventReport): void {
    // Where two groups speak of one rise, the later in the pipe knows more.
    const rise = report.event.kind !== 'control';
    this.#events.set(rise ? String(report.begin) : `${report.group} ${report.begin}`, report);
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
      ...this.#columns.map(({ leaf, trace, latest }) =>
        `${leaf.path.join('.').padEnd(width)}  ${shown(latest).padStart(11)}  ${sparkline(trace.values, barWidth)}  ${leaf.column.unit}`.slice(
          0,
          room - 1,
        ),
      ),
      ...[...this.#events.values()].slice(-5).map((report) => eventText(report).slice(0, room - 1)),
    ];
    const over = this.#out.isTTY && this.#lines > 0 ? `\x1b[${this.#lines}A\x1b[J` : '';
    this.#out.write(`${over}${lines.join('\n')}\n`);
    this.#lines = lines.length;
  }
}

/** Half of each bucket's rows at one of its extremes and half at the other; what was not finite takes a row. */
function traceGap(
  trace: Trace,
  { from, to, first, size }: Gap,
  { min, minRow, max, maxRow, marks }: NumberColumnBuckets,
) {
  for (const [bucket, low] of min.entries()) {
    const begin = first + bucket * size;
    const rows = Math.min(to, begin + size) - Math.max(from, begin);
    const mark = marks?.[bucket] ?? 0;
    if (mark !== 0) trace.push(mark & 1 ? Number.NaN : mark & 2 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
    const left = rows - (mark === 0 ? 0 : 1);
    const extremes = [low, max[bucket] ?? null];
    if (minRow[bucket]! > maxRow[bucket]!) extremes.reverse();
    trace.push(extremes[0]!, left - (left >> 1));
    trace.push(extremes[1]!, left >> 1);
  }
}

function shown(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
  return value === null ? '-' : String(value);
}
