import type { AxisId } from './axes.ts';
import type { Points } from './decimate.ts';
import { differingParameters, parametersOf } from './runColors.ts';
import type { RunRecord } from './runRecord.ts';
import { type SeedSpread, type Spreading, seedSpread } from './seedSpread.ts';
import { nearest } from './series.ts';
import { smoothed } from './smoothing.ts';

interface Known {
  readonly state: string;
  readonly spread: SeedSpread;
}

/** What a spread is of, beside the series. */
interface SpreadOptions {
  readonly axis: AxisId;
  readonly logarithmic: boolean;
  readonly spreading: Spreading;
  /** Of the smoothing of each run, before the mean is taken; 0 for none. */
  readonly halfLife: number;
}

/** Runs that differ in nothing but their seed. */
export class SeedGroup {
  readonly records: readonly RunRecord[];
  /** What tells the group from the others, and how many seeds there are. */
  readonly name: string;
  readonly #known = new Map<string, Known>();

  constructor(records: readonly RunRecord[], name: string) {
    this.records = records;
    this.name = name;
  }

  /** Mean and spread of one series over an axis, as of now; of the runs that have both. */
  spread(key: string, { axis, logarithmic, spreading, halfLife }: SpreadOptions): SeedSpread {
    const having = this.records.filter((record) => record.series(key)?.length && record.axis(axis) !== undefined);
    const lengths = having.map((record) => `${record.series(key)!.length}.${record.axis(axis)!.version}`);
    const state = `${axis} ${logarithmic} ${spreading} ${halfLife} ${lengths}`;
    const name = `${key} ${halfLife > 0}`;
    let known = this.#known.get(name);
    if (known?.state !== state) {
      const points = having.map((record) => pointsOf(record, key, axis, halfLife, logarithmic));
      known = { state, spread: seedSpread(points, logarithmic, spreading) };
      this.#known.set(name, known);
    }
    return known.spread;
  }

  /** The mean where it was taken nearest to a place; NaN where nothing is. */
  meanAt(key: string, x: number, options: SpreadOptions): number {
    const { mean, partial } = this.spread(key, options);
    let [found, distance] = [Number.NaN, Number.POSITIVE_INFINITY];
    for (const { rows, y, length } of [mean, partial]) {
      if (length === 0) continue;
      const at = nearest(rows, length, x);
      if (Number.isNaN(y[at]) || Math.abs(rows[at]! - x) >= distance) continue;
      found = y[at]!;
      distance = Math.abs(rows[at]! - x);
    }
    return found;
  }

  /** The mean of the last values of the runs; NaN where one of them cannot be drawn, or none has any. */
  lastMean(key: string, logarithmic: boolean): number {
    const last = this.records.flatMap((record) => record.series(key)?.last ?? []);
    const sum = last.reduce((all, value) => all + (logarithmic ? Math.log(value) : value) / last.length, 0);
    return last.length === 0 || !Number.isFinite(sum) ? Number.NaN : logarithmic ? Math.exp(sum) : sum;
  }
}

/** The points of a series that a run has over an axis that it has, as they came or smoothed. */
export function pointsOf(record: RunRecord, key: string, axis: AxisId, halfLife: number, logarithmic: boolean): Points {
  const raw = record.series(key)!;
  if (halfLife === 0) return record.points(key, raw, axis);
  return record.points(`${key} smooth ${halfLife}`, smoothed(raw, halfLife, logarithmic), axis);
}

/**
 * Groups runs that differ in nothing but their seed, in the order in which the first of each comes. A run that tells no
 * seed is alone; one with a seed that its group has already, as the same run read from a file, begins another.
 */
export function seedGroups(records: readonly RunRecord[]): SeedGroup[] {
  const groups = new Map<string, RunRecord[]>();
  const seen = new Map<string, number>();
  for (const [index, record] of records.entries()) {
    const parameters = [...parametersOf(record)].sort(([a], [b]) => (a < b ? -1 : 1));
    const seeds = parameters.filter(([name]) => isSeed(name));
    const rest = JSON.stringify(parameters.filter(([name]) => !isSeed(name)));
    const again = `${JSON.stringify(seeds)} ${rest}`;
    const times = seen.get(again) ?? 0;
    seen.set(again, times + 1);
    const key = seeds.length === 0 ? `alone ${index}` : `${times} ${rest}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  const all = [...groups.values()];
  const telling = differingParameters(all.map(([first]) => first!)).filter((name) => !isSeed(name));
  return all.map((members) => new SeedGroup(members, nameOf(members, all.length > 1 ? telling : [])));
}

/** Whether a parameter says by which random numbers a run was made, and nothing else. */
export function isSeed(parameter: string): boolean {
  return /(^|\.)seed$|Seed$/.test(parameter);
}

function nameOf(members: readonly RunRecord[], telling: readonly string[]): string {
  const [first] = members;
  if (members.length === 1) return first!.hello.name;
  const parameters = parametersOf(first!);
  const told = telling.map((name) => `${name.split('.').at(-1)} ${parameters.get(name) ?? 'none'}`);
  return [...told, `${members.length} seeds`].join(', ');
}
