import { eventGroups, type LeafColumn } from '../../../src/columns.ts';
import { columnKey } from '../../../src/formats/webSocket/protocol.ts';
import { formatNumber } from './format.ts';
import type { RunRecord } from './runRecord.ts';

interface Reading {
  readonly value: string;
  readonly note: string;
  /** What of it asks for attention. */
  readonly alert?: 'value' | 'note' | 'both' | undefined;
}

interface Tile {
  readonly id: string;
  readonly label: string;
  /** Undefined where the run does not measure it. */
  readonly read: (record: RunRecord) => Reading | undefined;
}

/** Tiles that there is room for. */
const MOST = 6;

const tiles: readonly Tile[] = [
  { id: 'train', label: 'Train loss', read: (record) => loss(record, (leaf) => columnKey(leaf.path) === 'loss') },
  { id: 'test', label: 'Test loss', read: (record) => loss(record, isHeldOut('loss')) },
  { id: 'ratio', label: 'Rate / critical', read: ratio },
  { id: 'lambda', label: 'λ max', read: lambda },
  { id: 'accuracy', label: 'Test accuracy', read: (record) => share(record, isHeldOut('accuracy')) },
  {
    id: 'alignment',
    label: 'AGOP alignment',
    read: (record) => share(record, ({ path }) => path[0] === 'agopAlignment'),
  },
  { id: 'catapults', label: 'Catapults', read: catapults },
  { id: 'events', label: 'Events', read: events },
];

/** The numbers of this moment, for a reader who has one second. */
export class Tiles {
  readonly #element: HTMLElement;
  #parts = new Map<string, { value: HTMLElement; note: HTMLElement }>();
  #record: RunRecord | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  show(record: RunRecord): void {
    const readings = tiles.flatMap(({ id, label, read }) => {
      const reading = read(record);
      return reading === undefined ? [] : [{ id, label, reading }];
    });
    // What the run is about comes last and stays.
    const shown = readings.length > MOST ? [...readings.slice(0, MOST - 1), readings.at(-1)!] : readings;
    if (record !== this.#record || shown.some(({ id }) => !this.#parts.has(id))) {
      this.#element.replaceChildren();
      this.#parts = new Map(shown.map(({ id, label }) => [id, this.#add(id, label)]));
      this.#record = record;
    }
    for (const { id, reading } of shown) {
      const part = this.#parts.get(id)!;
      setText(part.value, reading.value);
      setText(part.note, reading.note);
      part.value.classList.toggle('alert', reading.alert === 'value' || reading.alert === 'both');
      part.note.classList.toggle('alert', reading.alert === 'note' || reading.alert === 'both');
    }
  }

  #add(id: string, label: string) {
    const tile = document.createElement('div');
    tile.className = 'tile';
    tile.dataset.tile = id;
    const [name, value, note] = [
      document.createElement('h3'),
      document.createElement('p'),
      document.createElement('small'),
    ];
    name.textContent = label;
    tile.append(name, value, note);
    this.#element.append(tile);
    return { value, note };
  }
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function isHeldOut(unit: string): (leaf: LeafColumn) => boolean {
  const ending = unit === 'loss' ? /loss$/i : /acc(uracy)?$/i;
  return ({ path }) => /test|val|eval/i.test(path.at(-1)!) && ending.test(path.at(-1)!);
}

/** The series of the first column that is meant. */
function seriesOf(record: RunRecord, meant: (leaf: LeafColumn) => boolean) {
  const leaf = record.leaves.find(meant);
  return leaf && record.series(columnKey(leaf.path));
}

const unmeasured: Reading = { value: '–', note: 'not measured yet' };

function loss(record: RunRecord, meant: (leaf: LeafColumn) => boolean): Reading | undefined {
  const series = seriesOf(record, meant);
  if (series === undefined) return undefined;
  const { last } = series;
  if (last === undefined) return unmeasured;
  const alert = Number.isFinite(last) ? undefined : 'value';
  return { value: formatNumber(last), note: `${formatNumber(series.y[0]!, 3)} at first`, alert };
}

function share(record: RunRecord, meant: (leaf: LeafColumn) => boolean): Reading | undefined {
  const series = seriesOf(record, meant);
  if (series === undefined) return undefined;
  // Some tasks have no accuracy, and their runs a column for it.
  if (series.last === undefined) return undefined;
  return { value: series.last.toFixed(3), note: `${series.y[0]!.toFixed(3)} at first` };
}

function ratio(record: RunRecord): Reading | undefined {
  const measured = seriesOf(record, ({ column }) => column.unit === 'learning rate / critical');
  const critical = record.series('tangentKernel.criticalLearningRate');
  const rate = record.series('learningRate');
  if (measured === undefined && (critical === undefined || rate === undefined)) return undefined;
  const quotient = measured?.last ?? (rate?.last ?? Number.NaN) / (critical?.last ?? Number.NaN);
  if (Number.isNaN(quotient)) return unmeasured;
  const note = quotient > 1 ? 'above critical' : 'below critical';
  return { value: formatNumber(quotient, 3), note, alert: quotient > 1 ? 'both' : undefined };
}

function lambda(record: RunRecord): Reading | undefined {
  const series = record.series('tangentKernel.lambdaMax');
  if (series === undefined) return undefined;
  if (series.last === undefined) return unmeasured;
  const change = (100 * (series.last - series.y[0]!)) / series.y[0]!;
  const sign = change < 0 ? '−' : '+';
  const moved = `${sign}${Math.abs(change).toFixed(0)} % since the start`;
  return { value: formatNumber(series.last), note: Math.abs(change) < 0.5 ? 'as at the start' : moved };
}

function catapults(record: RunRecord): Reading | undefined {
  const rises = record.events.filter(({ kind }) => kind === 'spike');
  // The steps of a run folder without its events have the group that they are missing from.
  const looksFor = eventGroups(record.hello.columns).some(({ path }) => path[0]!.toLowerCase().includes('catapult'));
  if (rises.length === 0 && !looksFor) return undefined;
  const count = rises.filter(({ what }) => what === 'catapult').length;
  const [latest] = rises;
  const note = latest === undefined ? 'no spike so far' : `latest: ${latest.what} at ${latest.begin}`;
  return { value: String(count), note, alert: latest?.what === 'divergence' ? 'note' : undefined };
}

/** Of runs that are about something else than catapults. */
function events(record: RunRecord): Reading | undefined {
  if (catapults(record) !== undefined) return undefined;
  const found = record.events.filter(({ kind }) => kind !== 'control');
  const [latest] = found;
  if (latest === undefined && !JSON.stringify(record.hello.columns).includes('"role":"event"')) return undefined;
  const note = latest === undefined ? 'nothing so far' : `latest: ${latest.what} at ${latest.begin}`;
  return { value: String(found.length), note };
}
