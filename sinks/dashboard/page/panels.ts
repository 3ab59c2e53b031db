import { type Column, type ColumnDescription, isGroup, type LeafColumn } from '../../../src/columns.ts';
import { columnKey } from '../../../src/formats/webSocket/protocol.ts';
import { words } from './format.ts';
import { type Family, familyOf, kinds } from './panelFamilies.ts';
import { seriesColor } from './seriesColor.ts';

export interface PanelSeries {
  readonly key: string;
  readonly label: string;
  readonly column: Column;
  /** Name of a colour variable. */
  readonly color: string;
  readonly dashed: boolean;
}

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly logarithmic: boolean;
  readonly series: readonly PanelSeries[];
  /** The chart that shows the height of each peak. */
  readonly peaks: boolean;
  /** Fill where the first series is above the second. */
  readonly excess: boolean;
  /** A line at this height, and a fill above it. */
  readonly limit: number | undefined;
}

/** Series of one chart at most: as many as there are colours. */
const MOST = 6;

/** Shown in the header, or the axis itself. */
const elsewhere = new Set(['step', 'epoch', 'time', 'seconds']);

/**
 * The charts for these columns, from what the columns say of themselves: unit, name, group and axis. Those of `main`
 * belong to a family that a person looks for; the rest is in `more`, by unit, so that nothing is hidden.
 */
export function panelsOf(
  columns: readonly ColumnDescription[],
  leaves: readonly LeafColumn[],
): { readonly main: Panel[]; readonly more: Panel[] } {
  const detectors = new Set(columns.filter(isDetector).map(({ name }) => name));
  const families = new Map<string, { family: Family; leaves: LeafColumn[] }>();
  for (const leaf of leaves) {
    if (leaf.column.type === 'utf8' || elsewhere.has(columnKey(leaf.path))) continue;
    const family = familyOf(leaf, detectors.has(leaf.path[0]!), leaves);
    const same = families.get(family.id) ?? { family, leaves: [] };
    same.leaves.push(leaf);
    families.set(family.id, same);
  }
  const panels = [...families.values()]
    .sort((a, b) => kinds.indexOf(a.family.kind) - kinds.indexOf(b.family.kind))
    .flatMap(({ family, leaves: members }) => split(family, members).map((panel) => ({ panel, family })));
  const pick = (main: boolean) => panels.filter(({ family }) => family.main === main).map(({ panel }) => panel);
  return { main: pick(true), more: pick(false) };
}

/** A group with an event inside is a detector: its other columns tell how it works, not how the run fares. */
function isDetector(description: ColumnDescription): boolean {
  return isGroup(description) && description.columns.some((inner) => isGroup(inner) && inner.role === 'event');
}

/** As many charts as it takes. */
function split(family: Family, leaves: readonly LeafColumn[]): Panel[] {
  return Array.from({ length: Math.ceil(leaves.length / MOST) }, (_, i) =>
    panel(family, leaves.slice(i * MOST, (i + 1) * MOST), i),
  );
}

function panel({ id, title, kind }: Family, leaves: readonly LeafColumn[], index: number): Panel {
  const used = new Set<string>();
  const series = leaves.map((leaf): PanelSeries => {
    const { path, column } = leaf;
    const label = labelOf(leaf, kind, leaves);
    const dashed = /critical/i.test(path.at(-1)!);
    return { key: columnKey(path), label, column, color: seriesColor(kind, path, used), dashed };
  });
  // What is measured against something comes first.
  series.sort((a, b) => Number(a.dashed) - Number(b.dashed));
  const [only] = series;
  const { unit } = only!.column;
  return {
    id: index === 0 ? id : `${id}-${index + 1}`,
    title:
      title ??
      (series.length === 1 ? capital(leaves[0]!.path.map(words).join(' · ').replaceAll('_', ' ')) : unitTitle(unit)),
    unit,
    logarithmic: leaves.some(({ column }) => column.axis === 'log') || (kind === 'loss' && index === 0),
    series,
    peaks: kind === 'loss' && index === 0,
    excess: kind === 'rate' && series.length === 2 && !series[0]!.dashed && series[1]!.dashed,
    limit: kind === 'ratio' ? 1 : undefined,
  };
}

/** The name of a column, with that of its group where others of the chart have the same name. */
function labelOf({ path, place }: LeafColumn, kind: Family['kind'], among: readonly LeafColumn[]): string {
  const name = path.at(-1)!;
  if (place !== undefined) {
    const twins = among.filter((other) => other.place === place && other.path.at(-2) === path.at(-2));
    const own = path.slice(twins.length > 1 ? 0 : -2, -1);
    return `${own.map(groupWords).join(' · ')} ${name}`;
  }
  const twins = among.filter((other) => other.path.at(-1) === name).length > 1;
  const groups = new Set(among.map((other) => other.path[0])).size;
  const own = words(name);
  if (kind === 'loss') {
    if (columnKey(path) === 'loss') return 'train';
    if (/^train_?loss$/i.test(name)) return 'train, all data';
    return own.replace(/[ _]loss$/i, '') || own;
  }
  if (kind === 'ratio' && among.length === 1) return 'ratio';
  if (name === 'lambdaMax' && among.length === 1) return 'λ max';
  if (kind === 'split') return own.replace(/^loss /, '');
  if (kind === 'accuracy') return own.replace(/[ _]acc(uracy)?$/i, '') || own;
  if (kind === 'rate') return own.replace(/ ?learning rate$/, '') || 'rate';
  if (kind === 'cosine' && name === 'alignment' && groups > 1) return groupWords(path[0]!).replace(/ alignment$/, '');
  return twins && path.length > 1
    ? path.slice(0, -1).map(groupWords).join(' · ') + (own === 'value' ? '' : ` ${own}`)
    : own;
}

function groupWords(name: string): string {
  return words(name).replace(/^agop/, 'AGOP');
}

function unitTitle(unit: string): string {
  return unit === '1' ? 'Plain numbers' : capital(unit.replaceAll('_', ' '));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
