import type { FamilyKind } from './panelFamilies.ts';

/** Colours of runs, of which there are more than series in a chart. */
export const runPalette = [
  'blue',
  'orange',
  'green',
  'purple',
  'vermilion',
  'sky',
  'olive',
  'rose',
  'teal',
  'brown',
] as const;

/** Colour variables, in the order in which series get them. */
const palette = ['blue', 'orange', 'green', 'purple', 'vermilion', 'sky'] as const;

/**
 * The colour of a series: what means the same has the same colour in every chart, as far as the chart has it left.
 * @param used the colours that the chart has given away; the answer is added
 */
export function seriesColor(kind: FamilyKind, path: readonly string[], used: Set<string>): string {
  const wanted = preferred(kind, path);
  const free = palette.find((name) => !used.has(name)) ?? palette[used.size % palette.length]!;
  const color = wanted === undefined || used.has(wanted) ? free : wanted;
  used.add(color);
  return color;
}

function preferred(kind: FamilyKind, path: readonly string[]): string | undefined {
  const name = path.at(-1)!;
  if (kind === 'split') return /Top/.test(name) ? 'vermilion' : 'blue';
  if (kind === 'kernel') return 'purple';
  if (kind === 'ratio') return 'blue';
  if (/critical/i.test(name)) return 'vermilion';
  if (kind === 'cosine') return path[0] === 'agopAlignment' ? 'green' : undefined;
  if (/test|val|eval/i.test(name)) return 'orange';
  if (kind === 'loss' && /train/i.test(name) && path.length > 1) return 'sky';
  if (/train/i.test(name)) return 'blue';
  return undefined;
}
