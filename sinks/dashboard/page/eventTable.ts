import { formatCount, formatNumber } from './format.ts';
import type { RunRecord } from './runRecord.ts';
import type { Spike } from './spike.ts';

const AT_FIRST = 100;

/** Every spike in words, newest first. */
export class EventTable {
  readonly #section: HTMLElement;
  readonly #body: HTMLElement;
  readonly #count: HTMLElement;
  readonly #all: HTMLElement;
  readonly #chosen: (spike: Spike) => void;
  #shown: readonly Spike[] | undefined;
  #showAll = false;

  constructor(section: HTMLElement, chosen: (spike: Spike) => void) {
    this.#section = section;
    this.#chosen = chosen;
    this.#body = section.querySelector<HTMLElement>('#events-rows')!;
    this.#count = section.querySelector<HTMLElement>('#events-count')!;
    this.#all = section.querySelector<HTMLElement>('#events-all')!;
    this.#all.addEventListener('click', () => {
      this.#showAll = true;
      this.#fill(this.#shown ?? []);
    });
  }

  show({ spikes }: RunRecord): void {
    if (spikes === this.#shown) return;
    this.#shown = spikes;
    this.#fill(spikes);
  }

  #fill(spikes: readonly Spike[]): void {
    this.#section.hidden = spikes.length === 0;
    this.#count.textContent = tally(spikes);
    const some = this.#showAll ? spikes : spikes.slice(0, AT_FIRST);
    const focused = this.#body.contains(document.activeElement) && document.activeElement?.closest('tr')?.dataset.begin;
    this.#body.replaceChildren(...some.map((spike) => this.#row(spike)));
    // Whoever walks through the table by keyboard stays where they were.
    if (focused) this.#body.querySelector<HTMLElement>(`tr[data-begin="${focused}"] button`)?.focus();
    this.#all.hidden = some.length === spikes.length;
    this.#all.textContent = `Show all ${formatCount(spikes.length)}`;
  }

  #row(spike: Spike): HTMLTableRowElement {
    const row = document.createElement('tr');
    row.dataset.begin = String(spike.begin);
    const zoom = document.createElement('button');
    zoom.type = 'button';
    zoom.textContent = formatCount(spike.begin);
    zoom.setAttribute('aria-label', `Zoom to the ${spike.verdict} at step ${spike.begin}`);
    const badge = document.createElement('span');
    badge.className = 'badge';
    badge.dataset.verdict = spike.verdict;
    badge.textContent = spike.verdict;
    row.append(
      cell('Begins', zoom),
      cell('Peak', spike.ratio === undefined ? '–' : `×${formatNumber(spike.ratio, 3)}`),
      cell('Verdict', badge),
      cell('Known at', spike.confirmedAt === undefined ? '–' : formatCount(spike.confirmedAt)),
      cell('Back in', recovery(spike)),
      cell('Top share', spike.topShare === undefined ? '–' : `${(100 * spike.topShare).toFixed(0)} %`),
      cell('λ before → after', lambdas(spike)),
      cell('Evidence', spike.evidence),
    );
    row.addEventListener('click', () => this.#chosen(spike));
    return row;
  }
}

function cell(name: string, content: string | Node): HTMLTableCellElement {
  const data = document.createElement('td');
  data.dataset.name = name;
  data.append(content);
  return data;
}

function recovery({ recoveredIn, open }: Spike): string {
  if (recoveredIn !== undefined) return `${formatCount(recoveredIn)} steps`;
  return open ? 'still up' : 'not back';
}

function lambdas({ lambdaBefore, lambdaAfter }: Spike): string {
  if (lambdaBefore === undefined && lambdaAfter === undefined) return '–';
  const text = (value: number | undefined) => (value === undefined ? '?' : formatNumber(value, 3));
  return `${text(lambdaBefore)} → ${text(lambdaAfter)}`;
}

/** `3 catapults, 1 divergence`. */
function tally(spikes: readonly Spike[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of spikes) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => `${count} ${count === 1 ? verdict : plural(verdict)}`).join(', ');
}

function plural(verdict: string): string {
  if (verdict === 'undecided') return verdict;
  return verdict.endsWith('ch') ? `${verdict}es` : `${verdict}s`;
}
