import { columnKey } from '../../websocket/protocol.ts';
import { tally } from './eventTable.ts';
import { formatCount, formatNumber } from './format.ts';
import { panelsOf } from './panels.ts';
import type { BookedRun, RunBook } from './runBook.ts';
import { differingParameters, parametersOf } from './runColors.ts';
import type { RunRecord } from './runRecord.ts';
import type { ShownRun } from './scene.ts';

/** Last values and parameters that the table has room for. */
const VALUES = 6;
const PARAMETERS = 3;
const RUNS = 200;

/** The runs there are, which of them are shown, and how those stand beside each other. */
export class RunTable {
  readonly #section: HTMLElement;
  readonly #book: RunBook;
  readonly #by: HTMLSelectElement;
  #last = '';

  /** @param colored called with the parameter that is to tell the colours */
  constructor(section: HTMLElement, book: RunBook, colored: (parameter: string | undefined) => void) {
    this.#section = section;
    this.#book = book;
    this.#by = section.querySelector('select')!;
    this.#by.addEventListener('change', () => colored(this.#by.value || undefined));
    section.querySelector('#follow')!.addEventListener('click', () => {
      const latest = book.all.filter(({ file }) => !file).at(-1);
      if (latest !== undefined) book.show([latest.run], true);
    });
  }

  show(shown: readonly ShownRun[]): void {
    const runs = this.#book.all;
    this.#section.hidden = runs.length < 2;
    if (this.#section.hidden) return;
    const records = shown.map(({ record }) => record);
    const parameters = differingParameters(records);
    this.#offer(parameters);
    const colors = new Map(shown.map(({ record, color }) => [record.hello.run, color]));
    const values = new Map(records.flatMap(finalValues));
    const heads = [...values].slice(0, VALUES);
    const told = parameters.slice(0, PARAMETERS);
    const texts = [...runs]
      .reverse()
      .slice(0, RUNS)
      .map((run) => ({
        run,
        cells: [
          run.state,
          formatCount(run.rows),
          run.record === undefined ? '–' : tally(run.record.events) || 'none',
          ...told.map((name) => String((run.record && parametersOf(run.record).get(name)) ?? '–')),
          ...heads.map(([key]) => lastOf(run, key)),
        ],
      }));
    const names = [
      'State',
      'Rows',
      'Events',
      ...told.map((name) => name.split('.').at(-1)!),
      ...heads.map(([, name]) => name),
    ];
    // Made anew only when something in it is new: whoever is about to click must not miss.
    const now = JSON.stringify([
      names,
      texts.map(({ run, cells }) => [run.run, run.shown, colors.get(run.run), cells]),
    ]);
    if (now === this.#last) return;
    this.#last = now;
    this.#section.querySelector('#follow')!.toggleAttribute('hidden', this.#book.following);
    this.#section.querySelector('thead tr')!.replaceChildren(heading('Show'), heading('Run'), ...names.map(heading));
    const body = this.#section.querySelector('tbody')!;
    const focused = body.contains(document.activeElement) ? document.activeElement?.id : undefined;
    body.replaceChildren(...texts.map(({ run, cells }) => this.#row(run, cells, names, colors.get(run.run))));
    if (focused) document.getElementById(focused)?.focus();
  }

  #row(run: BookedRun, cells: readonly string[], names: readonly string[], color: string | undefined): HTMLElement {
    const row = document.createElement('tr');
    row.dataset.run = run.run;
    row.toggleAttribute('data-selected', this.#book.shown[0] === run.run);
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.checked = run.shown;
    box.id = `show-${run.run}`;
    box.setAttribute('aria-label', `Show ${run.name}`);
    box.addEventListener('change', () => {
      const { shown } = this.#book;
      this.#book.show(box.checked ? [...shown, run.run] : shown.filter((id) => id !== run.run));
    });
    const swatch = document.createElement('i');
    swatch.className = 'swatch';
    swatch.style.borderColor = color === undefined ? 'transparent' : `var(--${color})`;
    const focus = document.createElement('button');
    focus.type = 'button';
    focus.id = `focus-${run.run}`;
    focus.textContent = run.name;
    focus.title = 'Show its events and numbers';
    focus.addEventListener('click', () => {
      const { shown } = this.#book;
      this.#book.show(shown.includes(run.run) ? [run.run, ...shown.filter((id) => id !== run.run)] : [run.run]);
    });
    row.append(data('Show', box, swatch), data('Run', focus), ...cells.map((text, index) => data(names[index]!, text)));
    return row;
  }

  #offer(parameters: readonly string[]): void {
    const chosen = this.#by.value;
    if (
      [...this.#by.options]
        .slice(1)
        .map(({ value }) => value)
        .join() === parameters.join()
    )
      return;
    this.#by.replaceChildren(new Option('run', ''), ...parameters.map((name) => new Option(name, name)));
    this.#by.value = parameters.includes(chosen) ? chosen : '';
  }
}

/** The columns whose last values are worth comparing: what was lost, and one of each chart. */
function finalValues({ hello, leaves }: RunRecord): [key: string, name: string][] {
  return panelsOf(hello.columns, leaves).main.flatMap(({ id, title, series }) => {
    if (id.startsWith('split')) return [];
    if (id !== 'loss') return [[series[0]!.key, title] as [string, string]];
    return series
      .filter(({ label }) => !label.includes(','))
      .map(({ key, label }): [string, string] => [key, `${label} loss`]);
  });
}

function lastOf({ record }: BookedRun, key: string): string {
  const leaf = record?.leaves.find(({ path }) => columnKey(path) === key);
  const last = leaf && record?.series(key)?.last;
  return last === undefined ? '–' : formatNumber(last);
}

function heading(text: string): HTMLElement {
  return Object.assign(document.createElement('th'), { textContent: text, scope: 'col' });
}

function data(name: string, ...content: (string | Node)[]): HTMLElement {
  const made = document.createElement('td');
  made.dataset.name = name;
  made.append(...content);
  return made;
}
