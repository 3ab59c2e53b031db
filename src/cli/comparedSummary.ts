import { lastValueFrom, tap } from 'rxjs';
import { EventSummary } from '../../pipelines/eventSummary.ts';
import type { Json } from '../run.ts';
import { fromArrow } from '../sources/arrow/fromArrow.ts';
import type { LossRow } from '../step.ts';

type Event = { readonly [field: string]: Json };

/** What detectors find in a recorded run, beside the events that it was recorded with. */
export class ComparedSummary extends EventSummary {
  readonly #path: string;
  #recorded: readonly Event[] = [];

  constructor(path: string) {
    super();
    this.#path = path;
  }

  /** To be called when the run is over. @throws {Error} when it cannot be read */
  async readRecorded(): Promise<void> {
    const recorded = new EventSummary();
    const rows = fromArrow<LossRow>(this.#path).pipe(tap((row) => recorded.push(row)));
    await lastValueFrom(rows, { defaultValue: undefined });
    this.#recorded = eventsOf(recorded);
  }

  override result(): { readonly [key: string]: Json } {
    return { ...super.result(), recorded: this.#recorded };
  }

  override text(): string {
    const found = (super.result().events ?? []) as readonly Event[];
    const told = new Map([...this.#recorded, ...found].map((event) => [keyOf(event), event]));
    const lines = [...told]
      .sort(([, a], [, b]) => Number(a.begin) - Number(b.begin))
      .map(([key, { begin }]) => {
        const [before, now] = [this.#recorded, found].map((events) => events.find((event) => keyOf(event) === key));
        return `  step ${String(begin).padEnd(9)}${nameOf(before).padEnd(16)}${nameOf(now)}`;
      });
    return [super.text(), '', `${' '.repeat(16)}${'recorded'.padEnd(16)}now`, ...lines].join('\n');
  }
}

function eventsOf(summary: EventSummary): readonly Event[] {
  return (summary.result().events ?? []) as readonly Event[];
}

/** The same event in both: of one kind, from the same step on. */
function keyOf({ kind, begin }: Event): string {
  return `${kind} ${begin}`;
}

function nameOf(event: Event | undefined): string {
  return event === undefined ? '-' : String(event.verdict ?? event.class ?? event.kind);
}
