import type { Column, LeafColumn } from '../../../src/columns.ts';
import { columnKey } from '../../websocket/protocol.ts';
import { words } from './format.ts';

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
}

interface Known {
  readonly id: string;
  readonly title: string;
  readonly series: readonly { key: string; label: string; color: string; dashed?: boolean }[];
  readonly peaks?: boolean;
  readonly excess?: boolean;
}

/** What a person looks at first; a panel is shown when the run has one of its columns. */
const known: readonly Known[] = [
  {
    id: 'loss',
    title: 'Loss',
    peaks: true,
    series: [
      { key: 'loss', label: 'train', color: 'blue' },
      { key: 'evaluation.trainLoss', label: 'train, all data', color: 'sky' },
      { key: 'evaluation.testLoss', label: 'test', color: 'orange' },
    ],
  },
  {
    id: 'split',
    title: 'Loss by eigenspace',
    series: [
      { key: 'eigenspace.lossTop', label: 'top', color: 'vermilion' },
      { key: 'eigenspace.lossComplement', label: 'complement', color: 'blue' },
    ],
  },
  {
    id: 'rate',
    title: 'Learning rate',
    excess: true,
    series: [
      { key: 'learningRate', label: 'rate', color: 'blue' },
      { key: 'tangentKernel.criticalLearningRate', label: 'critical', color: 'vermilion', dashed: true },
    ],
  },
  {
    id: 'lambda',
    title: 'Kernel λ max',
    series: [{ key: 'tangentKernel.lambdaMax', label: 'λ max', color: 'purple' }],
  },
  {
    id: 'alignment',
    title: 'AGOP alignment',
    series: [{ key: 'agopAlignment.alignment', label: 'alignment', color: 'green' }],
  },
];

/** Shown in the header, or the axis itself. */
const elsewhere = new Set(['step', 'epoch', 'time', 'seconds']);
const palette = ['blue', 'orange', 'green', 'purple', 'vermilion', 'sky'];

/** The panels for these columns: the known ones, and the rest by unit, so that nothing is hidden. */
export function panelsOf(leaves: readonly LeafColumn[]): { readonly main: Panel[]; readonly more: Panel[] } {
  const columns = new Map(leaves.map(({ path, column }) => [columnKey(path), { path, column }]));
  const main = known.flatMap(({ id, title, series, peaks = false, excess = false }): Panel[] => {
    const present = series.flatMap(({ key, label, color, dashed = false }): PanelSeries[] => {
      const leaf = columns.get(key);
      columns.delete(key);
      return leaf === undefined ? [] : [{ key, label, color, dashed, column: leaf.column }];
    });
    return present.length === 0 ? [] : [panel(id, title, present, peaks, excess && present.length === 2)];
  });
  const byUnit = new Map<string, PanelSeries[]>();
  for (const [key, { path, column }] of columns) {
    if (elsewhere.has(key) || column.type === 'utf8') continue;
    const unit = column.type === 'bool' ? 'yes or no' : column.unit;
    const siblings = byUnit.get(unit) ?? [];
    const color = palette[siblings.length % palette.length]!;
    siblings.push({ key, label: path.map(words).join(' · '), column, color, dashed: false });
    byUnit.set(unit, siblings);
  }
  const more = [...byUnit].flatMap(([unit, series]) =>
    // As many to a chart as there are colours.
    Array.from({ length: Math.ceil(series.length / palette.length) }, (_, i) => {
      const some = series.slice(i * palette.length, (i + 1) * palette.length);
      const only = some.length === 1 ? some[0] : undefined;
      return panel(
        `more-${unit}-${i}`,
        only?.label ?? (unit === '1' ? 'Plain numbers' : capital(unit)),
        some,
        false,
        false,
      );
    }),
  );
  return { main, more };
}

function panel(id: string, title: string, series: readonly PanelSeries[], peaks: boolean, excess: boolean): Panel {
  const { unit } = series[0]!.column;
  const logarithmic = series.some(({ column }) => column.axis === 'log');
  return { id, title, unit, logarithmic, series, peaks, excess };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
