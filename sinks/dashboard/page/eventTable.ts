import { tally } from './eventTally.ts';
import { toneOf } from './eventTone.ts';
import { percent } from './evidence.ts';
import { formatCount, formatNumber } from './format.ts';
import type { RunEvent } from './runEvent.ts';
import type { ShownRun } from './scene.ts';
import { swatchOf } from './swatch.ts';
import { tableCell } from './tableCell.ts';

const AT_FIRST = 100;

/** An event, and whose it is. */
export interface ListedEvent extends ShownRun {
  readonly event: RunEvent;
}

type Key = 'run' | 'begin' | 'what' | 'size' | 'confidence' | 'confirmedAt' | 'recovery' | 'topShare' | 'lambda';

/** What a column is sorted by. */
const sortedBy: Readonly<Record<Key, (listed: ListedEvent) => number | string>> = {
  run: ({ record }) => record.hello.name,
  begin: ({ event }) => event.begin,
  what: ({ event }) => event.what,
  size: ({ event }) => event.ratio ?? Number.NEGATIVE_INFINITY,
  confidence: ({ event }) => event.confidence ?? Number.NEGATIVE_INFINITY,
  confirmedAt: ({ event }) => event.confirmedAt ?? Number.NEGATIVE_INFINITY,
  recovery: ({ event }) => event.recoveredIn ?? Number.POSITIVE_INFINITY,
  topShare: ({ event }) => event.topShare ?? Number.NEGATIVE_INFINITY,
  lambda: ({ event: { lambdaBefore, lambdaAfter } }) => (lambdaAfter ?? Number.NaN) / (lambdaBefore ?? Number.NaN) || 0,
};

/** Everything that happened in the runs that are shown, in words, newest first or as one likes. */
export class EventTable {
  readonly #section: HTMLElement;
  readonly #body: HTMLElement;
  readonly #count: HTMLElement;
  readonly #all: HTMLElement;
  readonly #filter: HTMLElement;
  readonly #chosen: (listed: ListedEvent) => void;
  #runs: readonly ShownRun[] = [];
  /** The events of each run as they were when the table was filled. */
  #filledWith: readonly (readonly RunEvent[])[] = [];
  #selected: string | undefined;
  #showAll = false;
  #key: Key = 'begin';
  #descending = true;
  readonly #without = new Set<string>();

  constructor(section: HTMLElement, chosen: (listed: ListedEvent) => void) {
    this.#section = section;
    this.#chosen = chosen;
    this.#body = section.querySelector('#events-rows')!;
    this.#count = section.querySelector('#events-count')!;
    this.#filter = section.querySelector('#events-filter span')!;
    this.#all = section.querySelector('#events-all')!;
    this.#all.addEventListener('click', () => {
      this.#showAll = true;
      this.#fill();
    });
    for (const heading of section.querySelectorAll<HTMLElement>('th[data-key]')) {
      heading.querySelector('button')!.addEventListener('click', () => this.#sortBy(heading.dataset.key as Key));
    }
  }

  /** @param selected the id of an event of the first run */
  show(runs: readonly ShownRun[], selected: string | undefined): void {
    const all = runs.map(({ record }) => record.events);
    const others =
      all.length !== this.#filledWith.length ||
      all.some((events, index) => events !== this.#filledWith[index]) ||
      runs.some(
        ({ record, color }, index) => record !== this.#runs[index]?.record || color !== this.#runs[index]?.color,
      );
    if (!others && selected === this.#selected) return;
    this.#runs = runs;
    this.#filledWith = all;
    this.#selected = selected;
    if (others) this.#fill();
    for (const row of this.#body.children) row.toggleAttribute('data-selected', this.#isSelected(row as HTMLElement));
  }

  /** The events as the table has them: for going from one to the next. */
  get listed(): readonly ListedEvent[] {
    const of = sortedBy[this.#key];
    const turn = this.#descending ? -1 : 1;
    return this.#runs
      .flatMap((run, index) => this.#filledWith[index]!.map((event) => ({ ...run, event })))
      .filter(({ event }) => !this.#without.has(event.what))
      .sort((a, b) => {
        const [one, other] = [of(a), of(b)];
        return one === other ? b.event.begin - a.event.begin : turn * (one < other ? -1 : 1);
      });
  }

  #isSelected({ dataset }: HTMLElement): boolean {
    return dataset.id === this.#selected && dataset.run === this.#runs[0]?.record.hello.run;
  }

  #sortBy(key: Key): void {
    this.#descending = key === this.#key ? !this.#descending : key !== 'what' && key !== 'run';
    this.#key = key;
    this.#fill();
  }

  #fill(): void {
    const events = this.#filledWith.flat();
    const several = this.#runs.length > 1;
    this.#section.querySelector<HTMLElement>('th[data-key="run"]')!.hidden = !several;
    this.#section.hidden = events.length === 0;
    this.#count.textContent = tally(events);
    this.#fillFilter(events);
    for (const heading of this.#section.querySelectorAll<HTMLElement>('th[data-key]')) {
      const sorted = heading.dataset.key === this.#key;
      heading.ariaSort = sorted ? (this.#descending ? 'descending' : 'ascending') : 'none';
    }
    const { listed } = this;
    const some = this.#showAll ? listed : listed.slice(0, AT_FIRST);
    const focused = this.#body.contains(document.activeElement) && document.activeElement?.closest('tr')?.dataset;
    this.#body.replaceChildren(...some.map((listed) => this.#row(listed, several)));
    // Whoever walks through the table by keyboard stays where they were.
    if (focused)
      [...this.#body.querySelectorAll('tr')]
        .find(({ dataset }) => dataset.id === focused.id && dataset.run === focused.run)
        ?.querySelector('button')
        ?.focus();
    this.#all.hidden = some.length === listed.length;
    this.#all.textContent = `Show all ${formatCount(listed.length)}`;
  }

  /** A button for each thing that happened, where there are several. */
  #fillFilter(events: readonly RunEvent[]): void {
    const whats = [...new Set(events.map(({ what }) => what))].sort();
    this.#filter.parentElement!.hidden = whats.length < 2;
    this.#filter.replaceChildren(
      ...whats.map((what) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.setAttribute('aria-pressed', String(!this.#without.has(what)));
        button.append(eventBadge(events.find((event) => event.what === what)!));
        button.addEventListener('click', () => {
          if (!this.#without.delete(what)) this.#without.add(what);
          this.#fill();
          this.#filter.querySelectorAll('button')[whats.indexOf(what)]?.focus();
        });
        return button;
      }),
    );
  }

  #row(listed: ListedEvent, several: boolean): HTMLTableRowElement {
    const { event, record, color } = listed;
    const row = document.createElement('tr');
    row.dataset.id = event.id;
    row.dataset.run = record.hello.run;
    row.dataset.begin = String(event.begin);
    row.toggleAttribute('data-selected', this.#isSelected(row));
    const zoom = document.createElement('button');
    zoom.type = 'button';
    zoom.textContent = formatCount(event.begin);
    const where = several ? ` of ${record.hello.name}` : '';
    zoom.setAttribute('aria-label', `Zoom to the ${event.what} at step ${event.begin}${where}`);
    if (several) {
      const whose = tableCell('Run', swatchOf(color), record.hello.name);
      whose.title = record.hello.name;
      row.append(whose);
    }
    row.append(
      tableCell('Begins', zoom),
      tableCell('Size', event.size ?? '–'),
      tableCell('Verdict', eventBadge(event)),
      tableCell('Sure', event.confidence === undefined ? '–' : percent(event.confidence)),
      tableCell('Known at', event.confirmedAt === undefined ? '–' : formatCount(event.confirmedAt)),
      tableCell('Back in', recovery(event)),
      tableCell('Top share', event.topShare === undefined ? '–' : percent(event.topShare)),
      tableCell('λ before → after', lambdas(event)),
      tableCell('Evidence', event.evidence),
    );
    row.addEventListener('click', () => this.#chosen(listed));
    return row;
  }
}

/** What an event turned out to be, in its colour. */
export function eventBadge(event: RunEvent): HTMLElement {
  const badge = document.createElement('span');
  badge.className = `badge ${toneOf(event)}`;
  badge.textContent = event.what;
  return badge;
}

function recovery({ kind, recoveredIn, open }: RunEvent): string {
  if (recoveredIn !== undefined) return recoveredIn === 1 ? '1 step' : `${formatCount(recoveredIn)} steps`;
  if (kind !== 'spike') return '–';
  return open ? 'still up' : 'not back';
}

function lambdas({ lambdaBefore, lambdaAfter }: RunEvent): string {
  if (lambdaBefore === undefined && lambdaAfter === undefined) return '–';
  const text = (value: number | undefined) => (value === undefined ? '?' : formatNumber(value, 3));
  return `${text(lambdaBefore)} → ${text(lambdaAfter)}`;
}
