import type { LeafColumn } from '../../../src/columns.ts';
import { words } from './format.ts';

/** What charts there are, in the order of the page. */
export const kinds = [
  'loss',
  'split',
  'ratio',
  'kernel',
  'cosine',
  'accuracy',
  'rate',
  'margin',
  'norm',
  'gradient',
  'other',
  'inner',
  'flag',
] as const;
export type FamilyKind = (typeof kinds)[number];

/** The columns that belong into one chart. */
export interface Family {
  /** The same for all of them. */
  readonly id: string;
  readonly kind: FamilyKind;
  /** Undefined where the columns name it. */
  readonly title: string | undefined;
  /** Whether it is seen at once. */
  readonly main: boolean;
}

/**
 * The chart that a column belongs to, by its unit, and where logs of other programs give none, by its name.
 * @param inner whether the column is a detector's own
 */
export function familyOf({ path, column, place }: LeafColumn, inner: boolean, all: readonly LeafColumn[]): Family {
  const { unit, type } = column;
  // The elements of a vector belong together, under its name.
  const own = place === undefined ? path : path.slice(0, -1);
  const name = own.at(-1)!;
  const group = own.slice(0, -1).join('.');
  if (type === 'bool') return { id: 'flags', kind: 'flag', title: 'Yes (1) or no (0)', main: false };
  if (inner) return { id: `inner-${unit}-${column.axis ?? ''}`, kind: 'inner', title: undefined, main: false };
  if (hasComplement(path, all)) {
    const of = stem(name);
    return {
      id: /^loss$/i.test(of) ? 'split' : `split-${of}`,
      kind: 'split',
      title: `${capital(words(of))} by eigenspace`,
      main: true,
    };
  }
  if (/(^|[a-z_./ -])(loss|perplexity|nll)$/i.test(name) && (unit === 'loss' || unit === name)) {
    return { id: 'loss', kind: 'loss', title: 'Loss', main: true };
  }
  if (unit === 'learning rate / critical') {
    return { id: 'ratio', kind: 'ratio', title: 'Learning rate / critical', main: true };
  }
  if (unit === 'learning rate' || /^(lr|learning_?rate)$/i.test(name)) {
    return { id: 'rate', kind: 'rate', title: 'Learning rate', main: !hasRatio(all) };
  }
  if (unit === 'eigenvalue') return eigenvalues(group, name);
  if (unit === 'cosine' || unit === 'correlation') {
    const alone = all.filter(({ column: other }) => other.unit === unit).length === 1;
    const title = alone && group === 'agopAlignment' ? 'AGOP alignment' : 'Alignment';
    return { id: 'alignment', kind: 'cosine', title, main: true };
  }
  if (unit === 'accuracy' || /acc(uracy)?$/i.test(name)) {
    return { id: 'accuracy', kind: 'accuracy', title: 'Accuracy', main: true };
  }
  if (/margin/i.test(name) || /margin/i.test(unit) || group === 'margins') {
    return { id: `margin-${unit}`, kind: 'margin', title: undefined, main: true };
  }
  if (unit === 'parameters' || /norm/i.test(unit) || /norm$/i.test(name)) {
    return { id: `norm-${unit}`, kind: 'norm', title: /norm/i.test(unit) ? undefined : 'Norms', main: true };
  }
  if (/gradient|samples/.test(unit)) return { id: `gradient-${unit}`, kind: 'gradient', title: undefined, main: true };
  // Pure numbers of one group may be compared; those of different groups are of different things.
  const id = unit === '1' ? `other-${group}-${column.axis ?? ''}` : `other-${unit}`;
  return { id, kind: 'other', title: undefined, main: unit !== '1' };
}

function eigenvalues(group: string, name: string): Family {
  const id = group === 'tangentKernel' ? 'lambda' : `eigenvalues-${group}`;
  const what = group === 'tangentKernel' ? 'Kernel' : group === 'agop' ? 'AGOP' : capital(words(group));
  const title = /^lambdaMax$/.test(name) ? `${what} λ max` : `${what} eigenvalues`;
  return { id, kind: 'kernel', title, main: true };
}

function hasRatio(all: readonly LeafColumn[]): boolean {
  return all.some(({ column }) => column.unit === 'learning rate / critical');
}

/** `lossTop` and `lossComplement`, whatever the number of eigenvectors behind them. */
function hasComplement(path: readonly string[], all: readonly LeafColumn[]): boolean {
  const name = path.at(-1)!;
  const counterpart = name.includes('Top') ? name.replace('Top', 'Complement') : name.replace('Complement', 'Top');
  if (counterpart === name) return false;
  const wanted = [...path.slice(0, -1), counterpart].join('.');
  return all.some((other) => other.path.join('.') === wanted);
}

function stem(name: string): string {
  return name.replace(/(Top|Complement).*$/, '');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
