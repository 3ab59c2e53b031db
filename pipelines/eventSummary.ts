import { follow } from '../sinks/terminal/watchedValues.ts';
import { eventGroups } from '../src/columns.ts';
import type { Json } from '../src/run.ts';
import { type LossRow, runOf } from '../src/step.ts';
import type { Summary } from './pipeline.ts';

/** What detectors found in a run that was not trained here: its events, and the loss. */
export class EventSummary implements Summary<LossRow> {
  readonly #extra: () => { readonly [key: string]: Json };
  readonly #events = new Map<string, { readonly [field: string]: Json }>();
  #paths: readonly (readonly string[])[] = [];
  #name = '';
  #rows = 0;
  #first: LossRow | undefined;
  #last: LossRow | undefined;
  #lowest = Number.POSITIVE_INFINITY;

  /** @param extra more findings, of the source for example, asked for at the end */
  constructor(extra: () => { readonly [key: string]: Json } = () => ({})) {
    this.#extra = extra;
  }

  push(row: LossRow): void {
    if (this.#first === undefined) this.#begin(row);
    this.#rows++;
    this.#last = row;
    if (row.loss < this.#lowest) this.#lowest = row.loss;
    for (const path of this.#paths) {
      const event = follow(row, path) as { readonly begin: number } | null | undefined;
      if (event) this.#events.set(`${path[0]} ${event.begin}`, { group: path[0]!, ...event });
    }
  }

  result(): { readonly [key: string]: Json } {
    const first = this.#first;
    const last = this.#last;
    const extra = this.#extra();
    if (first === undefined || last === undefined) return { rows: 0, verdicts: {}, events: [], ...extra };
    return {
      run: this.#name,
      rows: this.#rows,
      steps: { first: first.step, last: last.step },
      loss: { first: number(first.loss), last: number(last.loss), lowest: number(this.#lowest) },
      verdicts: this.#verdicts(),
      events: [...this.#events.values()],
      ...extra,
    };
  }

  text(): string {
    const first = this.#first;
    const last = this.#last;
    const extra = Object.entries(this.#extra()).filter(([, value]) => typeof value === 'number' && value > 0);
    const lines = extra.map(([name, value]) => `${name.padEnd(16)}${value}`);
    if (first === undefined || last === undefined) return ['no row was read', ...lines].join('\n');
    const found = Object.entries(this.#verdicts()).map(([verdict, count]) => `${count} ${verdict}`);
    return [
      `events          ${found.length === 0 ? 'none' : found.join(', ')}`,
      `loss            ${shown(first.loss)} -> ${shown(last.loss)}, lowest ${shown(this.#lowest)}`,
      `rows            ${this.#rows}, steps ${first.step} to ${last.step}`,
      ...lines,
    ].join('\n');
  }

  #begin(row: LossRow): void {
    this.#first = row;
    const { name, columns } = runOf(row);
    this.#name = name;
    const paths = eventGroups(columns).map(({ path }) => path);
    // The catapults group reports what the spikes group does, with a better founded verdict.
    this.#paths = paths.some(([group]) => group === 'catapults')
      ? paths.filter(([group]) => group !== 'spikes')
      : paths;
  }

  #verdicts(): Record<string, number> {
    const verdicts: Record<string, number> = {};
    for (const { verdict, kind } of this.#events.values()) {
      const name = String(verdict ?? kind);
      verdicts[name] = (verdicts[name] ?? 0) + 1;
    }
    return verdicts;
  }
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Not-a-number and infinities as text: JSON has no number for them, and they are not to be lost. */
function number(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}
