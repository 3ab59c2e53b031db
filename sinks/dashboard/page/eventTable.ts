import { toneOf } from './eventTone.ts';
import { percent } from './evidence.ts';
import { formatCount, formatNumber } from './format.ts';
import type { RunEvent } from './runEvent.ts';

const AT_FIRST = 100;

type Key = 'begin' | 'what' | 'size' | 'confidence' | 'confirmedAt' | 'recovery' | 'topShare' | 'lambda';

/** What a column is sorted by. */
const sortedBy: Readonly<Record<Key, (event: RunEvent) => number | string>> = {
  begin: ({ begin }) => begin,
  what: ({ what }) => what,
  size: ({ ratio }) => ratio ?? Number.NEGATIVE_INFINITY,
  confidence: ({ confidence }) => confidence ?? Number.NEGATIVE_INFINITY,
  confirmedAt: ({ confirmedAt }) => confirmedAt ?? Number.NEGATIVE_INFINITY,
  recovery: ({ recoveredIn }) => recoveredIn ?? Number.POSITIVE_INFINITY,
  topShare: ({ topShare }) => topShare ?? Number.NEGATIVE_INFINITY,
  lambda: ({ lambdaBefore, lambdaAfter }) => (lambdaAfter ?? Number.NaN) / (lambdaBefore ?? Number.NaN) || 0,
};

/** Everything that happened, in words, newest first or as one likes. */
export class EventTable {
  readonly #section: HTMLElement;
  readonly #body: HTMLElement;
  readonly #count: HTMLElement;
  readonly #all: HTMLElement;
  readonly #filter: HTMLElement;
  readonly #chosen: (event: RunEvent) => void;
  #events: readonly RunEvent[] | undefined;
  #selected: string | undefined;
  #showAll = false;
  #key: Key = 'begin';
  #descending = true;
  readonly #without = new Set<string>();

  constructor(section: HTMLElement, chosen: (event: RunEvent) => void) {
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

  show(events: readonly RunEvent[], selected: string | undefined): void {
    if (events === this.#events && selected === this.#selected) return;
    const others = events !== this.#events;
    this.#events = events;
    this.#selected = selected;
    if (others) this.#fill();
    for (const row of this.#body.children)
      row.toggleAttribute('data-selected', (row as HTMLElement).dataset.id === selected);
  }

  /** The events as the table has them: for going from one to the next. */
  get listed(): readonly RunEvent[] {
    const of = sortedBy[this.#key];
    const turn = this.#descending ? -1 : 1;
    return (this.#events ?? [])
      .filter(({ what }) => !this.#without.has(what))
      .sort((a, b) => {
        const [one, other] = [of(a), of(b)];
        return one === other ? b.begin - a.begin : turn * (one < other ? -1 : 1);
      });
  }

  #sortBy(key: Key): void {
    this.#descending = key === this.#key ? !this.#descending : key !== 'what';
    this.#key = key;
    this.#fill();
  }

  #fill(): void {
    const events = this.#events ?? [];
    this.#section.hidden = events.length === 0;
    this.#count.textContent = tally(events);
    this.#fillFilter(events);
    for (const heading of this.#section.querySelectorAll<HTMLElement>('th[data-key]')) {
      const sorted = heading.dataset.key === this.#key;
      heading.ariaSort = sorted ? (this.#descending ? 'descending' : 'ascending') : 'none';
    }
    const { listed } = this;
    const some = this.#showAll ? listed : listed.slice(0, AT_FIRST);
    const focused = this.#body.contains(document.activeElement) && document.activeElement?.closest('tr')?.dataset.id;
    this.#body.replaceChildren(...some.map((event) => this.#row(event)));
    // Whoever walks through the table by keyboard stays where they were.
    if (focused) this.#body.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(focused)}"] button`)?.focus();
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

  #row(event: RunEvent): HTMLTableRowElement {
    const row = document.createElement('tr');
    row.dataset.id = event.id;
    row.dataset.begin = String(event.begin);
    row.toggleAttribute('data-selected', event.id === this.#selected);
    const zoom = document.createElement('button');
    zoom.type = 'button';
    zoom.textContent = formatCount(event.begin);
    zoom.setAttribute('aria-label', `Zoom to the ${event.what} at step ${event.begin}`);
    row.append(
      cell('Begins', zoom),
      cell('Size', event.size ?? '–'),
      cell('Verdict', eventBadge(event)),
      cell('Sure', event.confidence === undefined ? '–' : percent(event.confidence)),
      cell('Known at', event.confirmedAt === undefined ? '–' : formatCount(event.confirmedAt)),
      cell('Back in', recovery(event)),
      cell('Top share', event.topShare === undefined ? '–' : percent(event.topShare)),
      cell('λ before → after', lambdas(event)),
      cell('Evidence', event.evidence),
    );
    row.addEventListener('click', () => this.#chosen(event));
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

function cell(name: string, content: string | Node): HTMLTableCellElement {
  const data = document.createElement('td');
  data.dataset.name = name;
  data.append(content);
  return data;
}

function recovery({ kind, recoveredIn, open }: RunEvent): string {
  if (recoveredIn !== undefined) return `${formatCount(recoveredIn)} steps`;
  if (kind !== 'spike') return '–';
  return open ? 'still up' : 'not back';
}

function lambdas({ lambdaBefore, lambdaAfter }: RunEvent): string {
  if (lambdaBefore === undefined && lambdaAfter === undefined) return '–';
  const text = (value: number | undefined) => (value === undefined ? '?' : formatNumber(value, 3));
  return `${text(lambdaBefore)} → ${text(lambdaAfter)}`;
}

/** `3 catapults, 1 divergence`. */
export function tally(events: readonly RunEvent[]): string {
  const counts = new Map<string, number>();
  for (const { what } of events) counts.set(what, (counts.get(what) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${count === 1 ? what : plural(what)}`).join(', ');
}

const uncounted = new Set([
  'undecided',
  'paused',
  'resumed',
  'stopped',
  'refused',
  'rate set',
  'grokking',
  'misgrokking',
  'gradual',
]);

function plural(what: string): string {
  if (uncounted.has(what)) return what;
  return what.endsWith('ch') ? `${what}es` : `${what}s`;
}
