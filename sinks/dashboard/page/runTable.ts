import { columnKey } from '../../../src/formats/webSocket/protocol.ts';
import { tally } from './eventTally.ts';
import { formatCount, formatNumber } from './format.ts';
import { meanCells } from './meanCells.ts';
import { meanRow } from './meanRow.ts';
import { panelsOf } from './panels.ts';
import type { BookedRun, RunBook } from './runBook.ts';
import { differingParameters, parametersOf } from './runColors.ts';
import type { RunRecord } from './runRecord.ts';
import type { Scene, Seeds } from './scene.ts';
import { isSeed, SeedGroup, seedGroups } from './seedGroup.ts';
import { swatchOf } from './swatch.ts';
import { tableCell } from './tableCell.ts';

/** Last values and parameters that the table has room for. */
const VALUES = 6;
const PARAMETERS = 3;
const RUNS = 200;
/** Runs that are shown at once by one click: each is sent whole. */
const SHOWN = 50;

interface Choices {
  /** Called with the parameter that is to tell the colours. */
  readonly colored: (parameter: string | undefined) => void;
  /** Called with what runs that differ only in their seed are shown as. */
  readonly grouped: (seeds: Seeds) => void;
}

/** The runs there are, which of them are shown, and how those stand beside each other. */
export class RunTable {
  readonly #section: HTMLElement;
  readonly #book: RunBook;
  readonly #by: HTMLSelectElement;
  readonly #seeds: HTMLElement;
  readonly #all: HTMLElement;
  #last = '';

  constructor(section: HTMLElement, book: RunBook, { colored, grouped }: Choices) {
    this.#section = section;
    this.#book = book;
    this.#by = section.querySelector('#colour-by')!;
    this.#seeds = section.querySelector('#seeds')!;
    this.#all = section.querySelector('#show-all')!;
    this.#by.addEventListener('change', () => colored(this.#by.value || undefined));
    const seeds = this.#seeds.querySelector('select')!;
    seeds.addEventListener('change', () => grouped(seeds.value as Seeds));
    this.#all.addEventListener('click', () => {
      const { shown, all } = book;
      book.show([...shown, ...all.map(({ run }) => run).reverse()].slice(0, SHOWN));
    });
    section.querySelector('#follow')!.addEventListener('click', () => {
      const latest = book.all.filter(({ file }) => !file).at(-1);
      if (latest !== undefined) book.show([latest.run], true);
    });
  }

  /** @param colorBy the parameter that tells the colours */
  show(scene: Scene, colorBy: string | undefined): void {
    const runs = this.#book.all;
    this.#section.hidden = runs.length < 2;
    if (this.#section.hidden) return;
    const records = scene.runs.map(({ record }) => record);
    const parameters = differingParameters(records);
    const groups = scene.shown.flatMap(({ of, color }) => (of instanceof SeedGroup ? [{ group: of, color }] : []));
    const offered = groups.length === 0 ? parameters : parameters.filter((name) => !isSeed(name));
    this.#offer(offered, colorBy);
    const seeds = this.#seeds.querySelector('select')!;
    seeds.value = scene.seeds;
    this.#seeds.hidden = seedGroups(records).every((group) => group.records.length === 1);
    const more = Math.min(SHOWN, runs.length) - records.length;
    this.#all.hidden = more <= 0;
    this.#all.textContent = runs.length <= SHOWN ? `Show all ${runs.length}` : `Show ${SHOWN}`;
    const colors = new Map(scene.runs.map(({ record, color }) => [record.hello.run, color]));
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
    const means = groups.map(({ group, color }) => ({
      group,
      color,
      cells: meanCells(
        group,
        told,
        heads.map(([key]) => key),
      ),
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
      means.map(({ group, color, cells }) => [group.name, color, cells]),
      texts.map(({ run, cells }) => [run.run, run.shown, colors.get(run.run), cells]),
    ]);
    if (now === this.#last) return;
    this.#last = now;
    this.#section.querySelector('#follow')!.toggleAttribute('hidden', this.#book.following);
    this.#section.querySelector('thead tr')!.replaceChildren(heading('Show'), heading('Run'), ...names.map(heading));
    const body = this.#section.querySelector('tbody')!;
    const focused = body.contains(document.activeElement) ? document.activeElement?.id : undefined;
    body.replaceChildren(
      ...means.map(({ group, color, cells }) => meanRow(group, cells, names, color)),
      ...texts.map(({ run, cells }) => this.#row(run, cells, names, colors.get(run.run))),
    );
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
    const focus = document.createElement('button');
    focus.type = 'button';
    focus.id = `focus-${run.run}`;
    focus.textContent = run.name;
    focus.title = 'Show its events and numbers';
    focus.addEventListener('click', () => {
      const { shown } = this.#book;
      this.#book.show(shown.includes(run.run) ? [run.run, ...shown.filter((id) => id !== run.run)] : [run.run]);
    });
    row.append(
      tableCell('Show', box, swatchOf(color)),
      tableCell('Run', focus),
      ...cells.map((text, index) => tableCell(names[index]!, text)),
    );
    return row;
  }

  #offer(parameters: readonly string[], chosen: string | undefined): void {
    const offered = [...this.#by.options].slice(1).map(({ value }) => value);
    if (offered.join() !== parameters.join())
      this.#by.replaceChildren(new Option('run', ''), ...parameters.map((name) => new Option(name, name)));
    const value = chosen !== undefined && parameters.includes(chosen) ? chosen : '';
    if (this.#by.value !== value) this.#by.value = value;
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
