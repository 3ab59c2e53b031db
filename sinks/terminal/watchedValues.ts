import { type ColumnDescription, leafColumns } from '../../src/columns.ts';
import type { Row } from '../../src/step.ts';

/** The columns worth a place on one line, by their conventional names, and what to call them there. */
const watched = [
  { path: 'loss', label: 'loss' },
  { path: 'evaluation.testLoss', label: 'test' },
  { path: 'evaluation.trainAccuracy', label: 'train acc' },
  { path: 'evaluation.testAccuracy', label: 'test acc' },
  { path: 'flow.scaledTime', label: 'wd tau' },
  { path: 'tangentKernel.learningRateRatio', label: 'lr/critical' },
  { path: 'agopAlignment.alignment', label: 'alignment' },
];

export interface LabelledValue {
  readonly label: string;
  readonly value: number;
}

/** The last value of each watched column that the run has; what is computed at few steps stays on show between them. */
export class WatchedValues {
  readonly #columns: readonly { readonly label: string; readonly path: readonly string[] }[];
  readonly #last: (number | undefined)[];

  constructor(columns: readonly ColumnDescription[]) {
    const there = new Set(leafColumns(columns).map(({ path }) => path.join('.')));
    this.#columns = watched
      .filter(({ path }) => there.has(path))
      .map(({ path, label }) => ({ label, path: path.split('.') }));
    this.#last = this.#columns.map(() => undefined);
  }

  read(row: Row): void {
    for (let i = 0; i < this.#columns.length; i++) {
      const value = follow(row, this.#columns[i]!.path);
      if (typeof value === 'number') this.#last[i] = value;
    }
  }

  get values(): LabelledValue[] {
    return this.#columns.flatMap(({ label }, i) => {
      const value = this.#last[i];
      return value === undefined ? [] : [{ label, value }];
    });
  }
}

/** What lies at a path below a row; undefined where the path ends early. */
export function follow(row: Row, path: readonly string[]): unknown {
  let value: unknown = row;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
