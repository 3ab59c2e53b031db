import type { TransitionMemory } from './transitionMemory.ts';

const TRAIL = 256;
const TRAIL_AT_REST = 96;
/** A new level counts as settled after this long in ln(time), or this share of the change so far. */
const SETTLED = 0.8;
const SETTLED_SHARE = 0.45;
const SETTLED_SHARE_OF_TENTH = 0.7;

/**
 * The last observations, oldest first, as columns: at most 96 while nothing changes, at most 256 of a change, which
 * is thinned by half when full.
 */
export class TransitionTrail {
  /** ln(continuous time). */
  readonly xs = new Float64Array(TRAIL);
  /** The test metric as `y` of its scale. */
  readonly raw = new Float64Array(TRAIL);
  /** Medians of five, each at the middle one. */
  readonly smooth = new Float64Array(TRAIL);
  readonly steps = new Float64Array(TRAIL);
  readonly #columns = [this.xs, this.raw, this.smooth, this.steps];
  readonly #five = new Float64Array(5);
  readonly #memory: TransitionMemory;

  constructor(memory: TransitionMemory) {
    this.#memory = memory;
  }

  keep(x: number, y: number): void {
    const m = this.#memory;
    if (m.moving === 0 && m.kept >= TRAIL_AT_REST) this.drop(m.kept - TRAIL_AT_REST + 16);
    else if (m.kept >= TRAIL) this.#thin();
    this.xs[m.kept] = x;
    this.raw[m.kept] = y;
    this.smooth[m.kept] = y;
    this.steps[m.kept] = m.step;
    m.kept += 1;
  }

  /** Smooths the observation in the middle of the newest five and returns its index. */
  smoothNewest(): number {
    const centre = this.#memory.kept - 3;
    const five = this.#five;
    for (let i = 0; i < 5; i++) five[i] = this.raw[centre - 2 + i]!;
    five.sort();
    this.smooth[centre] = five[2]!;
    return centre;
  }

  /** Forgets the oldest. */
  drop(count: number): void {
    const m = this.#memory;
    for (const column of this.#columns) column.copyWithin(0, count, m.kept);
    m.kept -= count;
    m.upFrom = Math.max(0, m.upFrom - count);
    m.downFrom = Math.max(0, m.downFrom - count);
  }

  /**
   * How far back, in ln(time) from x, a change must have stood still to be over.
   * @param tenth when a tenth of it was done, which may be long after its onset where something crept before
   */
  settlingTime(x: number, tenth = Number.NEGATIVE_INFINITY): number {
    const sinceOnset = SETTLED_SHARE * (x - this.#memory.onsetX);
    return Math.max(SETTLED, Math.min(sinceOnset, SETTLED_SHARE_OF_TENTH * (x - tenth)));
  }

  /** Mean of the observations since the level looks settled. */
  levelNow(): number {
    const end = this.#memory.kept;
    const newest = this.xs[end - 1]!;
    const window = 0.5 * this.settlingTime(newest);
    let sum = 0;
    let count = 0;
    for (let i = end - 1; i >= 0 && (count < 3 || this.xs[i]! >= newest - window); i--) {
      sum += this.raw[i]!;
      count += 1;
    }
    return sum / count;
  }

  /** The kept part of each column. */
  toJSON(): number[][] {
    return this.#columns.map((column) => [...column.subarray(0, this.#memory.kept)]);
  }

  restore(stored: readonly (readonly number[])[]): void {
    for (const [i, column] of this.#columns.entries()) column.set(stored[i]!);
  }

  /** Halves the kept observations, but for the newest eight. */
  #thin(): void {
    const m = this.#memory;
    const old = m.kept - 8;
    const kept = old >> 1;
    for (const column of this.#columns) {
      for (let i = 0; i < kept; i++) column[i] = column[2 * i]!;
      column.copyWithin(kept, old, m.kept);
    }
    m.onset >>= 1;
    m.kept = kept + 8;
  }
}
