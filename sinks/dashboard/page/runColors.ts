import type { Json } from '../../../src/run.ts';
import type { RunRecord } from './runRecord.ts';
import { runPalette } from './seriesColor.ts';

/** Shades of a parameter that is a number, from small to large. */
const SHADES = 6;

/** The scalar values of a run's metadata, by the way to each: `spec.seed`. */
export function parametersOf({ hello }: RunRecord): Map<string, string | number | boolean> {
  const found = new Map<string, string | number | boolean>();
  const walk = (value: Json, path: string) => {
    if (value === null) return;
    if (typeof value !== 'object') found.set(path, value);
    else for (const [key, inner] of Object.entries(value)) walk(inner as Json, path === '' ? key : `${path}.${key}`);
  };
  walk(hello.metadata as Json, '');
  return found;
}

/** The parameters in which runs differ. */
export function differingParameters(records: readonly RunRecord[]): string[] {
  const all = records.map(parametersOf);
  const names = new Set(all.flatMap((parameters) => [...parameters.keys()]));
  return [...names].filter((name) => new Set(all.map((parameters) => parameters.get(name))).size > 1);
}

/** The colour of each run: its own, or that of what a parameter is. A number goes from dark to light. */
export function runColors(records: readonly RunRecord[], parameter: string | undefined): string[] {
  if (parameter === undefined) return records.map((_, index) => runPalette[index % runPalette.length]!);
  const values = records.map((record) => parametersOf(record).get(parameter));
  const distinct = [...new Set(values)];
  const numbers = distinct.filter((value): value is number => typeof value === 'number');
  if (numbers.length < distinct.length) {
    return values.map((value) => runPalette[distinct.indexOf(value) % runPalette.length]!);
  }
  const order = numbers.sort((a, b) => a - b);
  return values.map((value) => {
    const rank = order.length === 1 ? 0 : order.indexOf(value as number) / (order.length - 1);
    return `shade-${Math.round(rank * (SHADES - 1)) + 1}`;
  });
}
