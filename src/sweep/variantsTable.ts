import { shortNumber } from '../../sinks/terminal/shortNumber.ts';
import type { PairedDifference } from '../statistics/pairedDifference.ts';
import { table } from '../testing/table.ts';
import type { CellComparison, CellStatistics, Spread } from './cellStatistics.ts';
import type { Parameters } from './job.ts';
import { valueLabel } from './variants.ts';

export interface TableOptions {
  /**
   * The numbers to show, by path or a part of it: `after` is every path with that name in it, `test.loss` takes in
   * `testLoss.before` and `testLoss.after`. Default: all there are, as far as they fit.
   */
  readonly show?: readonly string[];
  /** Characters in a line, for numbers that were not asked for. Default 100. */
  readonly width?: number;
}

/** A line for each variant: its parameters, its runs, and mean and standard deviation over them of each number. */
export function variantsTable(cells: readonly CellStatistics[], options: TableOptions = {}): string {
  const runs = cells.map(({ runs, finished }) => (finished === runs ? String(runs) : `${finished} of ${runs}`));
  return columnsThatFit(
    [...parameterColumns(cells), { header: 'runs', cells: runs }],
    numberColumns(cells, options, (spread: Spread, { finished }) => spreadText(spread, finished)),
    options,
  );
}

/**
 * A line for each comparison: the mean difference within pairs and its standard error, and in how many of the pairs the
 * variant is higher or lower than the baseline.
 */
export function comparisonTable(comparisons: readonly CellComparison[], options: TableOptions = {}): string {
  const against = comparisons.map(({ parameters, baseline }) =>
    Object.keys(baseline)
      .filter((name) => JSON.stringify(baseline[name]) !== JSON.stringify(parameters[name]))
      .map((name) => `${name}=${valueLabel(baseline[name])}`)
      .join(' '),
  );
  return columnsThatFit(
    [...parameterColumns(comparisons), { header: 'minus', cells: against }],
    numberColumns(comparisons, options, differenceText),
    options,
  );
}

/** The paths that a table would show, in order. */
export function shownPaths(
  cells: readonly { readonly numbers: ReadonlyMap<string, unknown> }[],
  show?: readonly string[],
): string[] {
  const paths = [...new Set(cells.flatMap(({ numbers }) => [...numbers.keys()]))];
  if (show === undefined) return paths;
  return [...new Set(show.flatMap((part) => pathsMeant(part, paths)))];
}

/** The path itself, else those that have the name in them, else those that contain the letters. */
function pathsMeant(part: string, paths: readonly string[]): readonly string[] {
  if (paths.includes(part)) return [part];
  const named = paths.filter((path) => `.${path}.`.includes(`.${part}.`));
  if (named.length > 0) return named;
  const letters = (text: string) => text.toLowerCase().replace(/[^\p{L}\d]/gu, '');
  return letters(part) === '' ? [] : paths.filter((path) => letters(path).includes(letters(part)));
}

interface TableColumn {
  readonly header: string;
  readonly cells: readonly string[];
}

function parameterColumns(cells: readonly { readonly parameters: Parameters }[]): TableColumn[] {
  const names = [...new Set(cells.flatMap(({ parameters }) => Object.keys(parameters)))];
  return names.map((name) => ({ header: name, cells: cells.map(({ parameters }) => valueLabel(parameters[name])) }));
}

function numberColumns<N, C extends { readonly numbers: ReadonlyMap<string, N> }>(
  cells: readonly C[],
  { show }: TableOptions,
  text: (number: N, cell: C) => string,
): TableColumn[] {
  return shownPaths(cells, show).map((path) => ({
    header: path,
    cells: cells.map((cell) => {
      const number = cell.numbers.get(path);
      return number === undefined ? '-' : text(number, cell);
    }),
  }));
}

function columnsThatFit(first: TableColumn[], others: TableColumn[], { show, width = 100 }: TableOptions): string {
  const text = (columns: readonly TableColumn[]) =>
    table(
      columns.map(({ header }) => header),
      columns[0]!.cells.map((_, row) => columns.map(({ cells }) => cells[row]!)),
    );
  const fits = (count: number) =>
    text([...first, ...others.slice(0, count)])
      .split('\n')
      .every((line) => line.length <= width);
  let count = others.length;
  if (show === undefined) while (count > 1 && !fits(count)) count--;
  const left = others.slice(count).map(({ header }) => header);
  const note = left.length === 0 ? '' : `\nnot shown: ${left.join(', ')}`;
  return `${text([...first, ...others.slice(0, count)])}${note}`;
}

function spreadText({ count, mean, standardDeviation }: Spread, finished: number): string {
  const deviation = count > 1 ? ` ±${shortNumber(standardDeviation)}` : '';
  return `${shortNumber(mean)}${deviation}${count < finished ? ` (${count})` : ''}`;
}

function differenceText({ pairs, mean, standardError, higher, lower, equal }: PairedDifference): string {
  const error = pairs > 1 ? ` ±${shortNumber(standardError)}` : '';
  const [word, count] = (
    [
      ['higher', higher],
      ['lower', lower],
      ['equal', equal],
    ] as const
  ).reduce((most, other) => (other[1] > most[1] ? other : most));
  return `${mean > 0 ? '+' : ''}${shortNumber(mean)}${error} ${count}/${pairs} ${word}`;
}
