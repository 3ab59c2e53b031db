import { eventBadge } from './eventTable.ts';
import { evidenceOf } from './evidence.ts';
import { formatCount, formatNumber } from './format.ts';
import type { RunEvent } from './runEvent.ts';
import type { RunRecord } from './runRecord.ts';

/** What is known of one event, in words and numbers. */
export class EvidenceCard {
  readonly #element: HTMLElement;
  readonly #body: HTMLElement;
  readonly #title: HTMLElement;
  #shown: RunEvent | undefined;
  #rows = 0;

  constructor(element: HTMLElement, closed: () => void) {
    this.#element = element;
    this.#title = element.querySelector('h2')!;
    this.#body = element.querySelector('.body')!;
    element.querySelector('button')!.addEventListener('click', closed);
  }

  /** Shows an event as it stands now, or nothing. */
  show(record: RunRecord, event: RunEvent | undefined): void {
    this.#element.hidden = event === undefined;
    // What goes on around an event changes while it is open, and once its last rows come.
    if (event === undefined || (event === this.#shown && (!event.open || record.rows === this.#rows))) return;
    if (event === this.#shown && record.state === 'running' && record.rows < this.#rows + 20) return;
    this.#shown = event;
    this.#rows = record.rows;
    const { sentences, moments, quantities } = evidenceOf(record, event);
    this.#title.replaceChildren(eventBadge(event), ` at step ${formatCount(event.begin)}`);
    const words = document.createElement('div');
    words.className = 'words';
    words.append(...sentences.map((sentence) => Object.assign(document.createElement('p'), { textContent: sentence })));
    const table = document.createElement('table');
    table.append(headOf(moments), bodyOf(quantities));
    const scroll = document.createElement('div');
    scroll.className = 'scroll';
    scroll.append(table);
    this.#body.replaceChildren(words, ...(quantities.length === 0 ? [] : [scroll]));
  }
}

function headOf(moments: readonly { readonly name: string; readonly step: number }[]): HTMLElement {
  const head = document.createElement('thead');
  const row = head.insertRow();
  row.append(cell('th', ''));
  for (const { name, step } of moments) {
    const made = cell('th', name);
    made.append(Object.assign(document.createElement('small'), { textContent: ` step ${formatCount(step)}` }));
    made.setAttribute('scope', 'col');
    row.append(made);
  }
  const change = cell('th', 'change');
  change.setAttribute('scope', 'col');
  row.append(change);
  return head;
}

function bodyOf(quantities: ReturnType<typeof evidenceOf>['quantities']): HTMLElement {
  const body = document.createElement('tbody');
  for (const { name, unit, values } of quantities) {
    const row = body.insertRow();
    const title = cell('th', name);
    title.setAttribute('scope', 'row');
    row.append(title, ...values.map((value) => cell('td', value === undefined ? '–' : formatNumber(value, 4))));
    row.append(cell('td', changeOf(values[0], values.at(-1), unit)));
  }
  return body;
}

function changeOf(first: number | undefined, last: number | undefined, unit: string): string {
  if (first === undefined || last === undefined || !Number.isFinite(last - first)) return '–';
  const sign = last < first ? '−' : '+';
  if (unit === 'cosine' || unit === 'accuracy') return `${sign}${Math.abs(last - first).toFixed(3)}`;
  if (first === 0) return '–';
  const factor = last / first;
  if (factor > 3 || factor < 0) return factor > 0 ? `×${formatNumber(factor, 3)}` : '–';
  return `${sign}${Math.abs(100 * (factor - 1)).toFixed(0)} %`;
}

function cell(kind: 'th' | 'td', text: string): HTMLElement {
  return Object.assign(document.createElement(kind), { textContent: text });
}
