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

const tiles: readonly Tile[] = [
  { id: 'train', label: 'Train loss', read: (record) => lossOf(record, 'loss') },
  { id: 'test', label: 'Test loss', read: (record) => lossOf(record, 'evaluation.testLoss') },
  { id: 'ratio', label: 'Rate / critical', read: ratio },
  { id: 'lambda', label: 'λ max', read: lambda },
  { id: 'alignment', label: 'AGOP alignment', read: alignment },
  { id: 'catapults', label: 'Catapults', read: catapults },
];

/** The numbers of this moment, for a reader who has one second. */
export class Tiles {
  readonly #element: HTMLElement;
  readonly #parts = new Map<string, { value: HTMLElement; note: HTMLElement }>();

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  clear(): void {
    this.#parts.clear();
    this.#element.replaceChildren();
  }

  show(record: RunRecord): void {
    for (const { id, label, read } of tiles) {
      const reading = read(record);
      if (reading === undefined) continue;
      let part = this.#parts.get(id);
      if (part === undefined) {
        part = this.#add(id, label);
        this.#parts.set(id, part);
      }
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

function lossOf(record: RunRecord, key: string): Reading | undefined {
  const series = record.series(key);
  if (series === undefined) return undefined;
  const { last } = series;
  if (last === undefined) return { value: '–', note: 'not measured yet' };
  const first = series.y[0]!;
  const alert = Number.isFinite(last) ? undefined : 'value';
  return { value: formatNumber(last), note: `${formatNumber(first, 3)} at first`, alert };
}

function ratio(record: RunRecord): Reading | undefined {
  const critical = record.series('tangentKernel.criticalLearningRate');
  const rate = record.series('learningRate');
  if (critical === undefined || rate === undefined) return undefined;
  if (critical.last === undefined || rate.last === undefined) return { value: '–', note: 'not measured yet' };
  const quotient = rate.last / critical.last;
  const note = quotient > 1 ? 'above critical' : 'below critical';
  return { value: formatNumber(quotient, 3), note, alert: quotient > 1 ? 'both' : undefined };
}

function lambda(record: RunRecord): Reading | undefined {
  const series = record.series('tangentKernel.lambdaMax');
  if (series === undefined) return undefined;
  if (series.last === undefined) return { value: '–', note: 'not measured yet' };
  const change = (100 * (series.last - series.y[0]!)) / series.y[0]!;
  const sign = change < 0 ? '−' : '+';
  const moved = `${sign}${Math.abs(change).toFixed(0)} % since the start`;
  return { value: formatNumber(series.last), note: Math.abs(change) < 0.5 ? 'as at the start' : moved };
}

function alignment(record: RunRecord): Reading | undefined {
  const series = record.series('agopAlignment.alignment');
  if (series === undefined) return undefined;
  if (series.last === undefined) return { value: '–', note: 'not measured yet' };
  return { value: series.last.toFixed(3), note: `${series.y[0]!.toFixed(3)} at first` };
}

function catapults(record: RunRecord): Reading | undefined {
  const { spikes } = record;
  if (spikes.length === 0 && !describesEvents(record)) return undefined;
  const count = spikes.filter(({ verdict }) => verdict === 'catapult').length;
  const [latest] = spikes;
  const note = latest === undefined ? 'no spike so far' : `latest: ${latest.verdict} at ${latest.begin}`;
  return { value: String(count), note, alert: latest?.verdict === 'divergence' ? 'note' : undefined };
}

function describesEvents(record: RunRecord): boolean {
  return JSON.stringify(record.hello.columns).includes('"role":"event"');
}
