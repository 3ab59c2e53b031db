import type { Points } from './decimate.ts';
import { Series } from './series.ts';

/** What the band around a mean shows: from the smallest to the largest value, or one standard deviation to each side. */
export type Spreading = 'range' | 'deviation';

/** The mean of several runs over one axis; the `rows` of each series are places on that axis. */
export interface SeedSpread {
  /** Where every run has a value. */
  readonly mean: Series;
  /** The mean of those that have one, where others are over, have not begun, or are no number. */
  readonly partial: Series;
  readonly low: Series;
  readonly high: Series;
  /** Every value of any run that cannot be drawn: it is in no mean. */
  readonly undrawable: Series;
}

/**
 * Mean and spread of runs at every place at which any of them has a point. Between its points a run is taken to go
 * straight; before its first and after its last, and beside a value that cannot be drawn, it has no share.
 *
 * @param runs the points of each, x ascending
 * @param logarithmic whether all is of the logarithms: the mean is then the geometric one, the deviation a factor
 */
export function seedSpread(runs: readonly Points[], logarithmic: boolean, spreading: Spreading): SeedSpread {
  const spread = {
    mean: new Series(),
    partial: new Series(),
    low: new Series(),
    high: new Series(),
    undrawable: new Series(),
  };
  const isDrawable = (value: number) => Number.isFinite(value) && (!logarithmic || value > 0);
  const onScale = (value: number) => (logarithmic ? Math.log(value) : value);
  const fromScale = (value: number) => (logarithmic ? Math.exp(value) : value);
  const next = new Uint32Array(runs.length);
  const part = new PartialMean(spread.partial);
  for (;;) {
    let x = Number.POSITIVE_INFINITY;
    for (let k = 0; k < runs.length; k++) {
      const { x: places, length } = runs[k]!;
      if (next[k]! < length && places[next[k]!]! < x) x = places[next[k]!]!;
    }
    if (x === Number.POSITIVE_INFINITY) break;
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [count, mean, squares] = [0, 0, 0];
    for (let k = 0; k < runs.length; k++) {
      const { x: places, y, length } = runs[k]!;
      let at = next[k]!;
      let value = Number.NaN;
      if (at < length && places[at] === x) {
        // Where an axis stands still a run has several points at one place: each is within the range.
        for (; at < length && places[at] === x; at++) {
          value = Number.NaN;
          if (!isDrawable(y[at]!)) spread.undrawable.push(x, y[at]!);
          else {
            value = onScale(y[at]!);
            if (value < least) least = value;
            if (value > most) most = value;
          }
        }
        next[k] = at;
      } else if (at > 0 && at < length && isDrawable(y[at - 1]!) && isDrawable(y[at]!)) {
        const share = (x - places[at - 1]!) / (places[at]! - places[at - 1]!);
        value = (1 - share) * onScale(y[at - 1]!) + share * onScale(y[at]!);
        if (value < least) least = value;
        if (value > most) most = value;
      }
      if (Number.isNaN(value)) continue;
      count++;
      const before = mean;
      // In two terms, neither of which can overflow.
      mean = before * ((count - 1) / count) + value / count;
      squares += (value - before) * (value - mean);
    }
    mean = Math.min(most, Math.max(least, mean));
    if (count === runs.length) spread.mean.push(x, fromScale(mean));
    else breakLine(spread.mean, x);
    part.push(x, count === 0 ? Number.NaN : fromScale(mean), count === runs.length);
    // A run that ends a stay at one place with no number has no share in the mean; what it had before is in the range.
    if (least > most || (count === 0 && spreading === 'deviation')) {
      breakLine(spread.low, x);
      breakLine(spread.high, x);
    } else if (spreading === 'range') {
      spread.low.push(x, fromScale(least));
      spread.high.push(x, fromScale(most));
    } else {
      const deviation = count < 2 ? 0 : Math.sqrt(squares / (count - 1));
      spread.low.push(x, bounded(fromScale(mean - deviation), logarithmic));
      spread.high.push(x, bounded(fromScale(mean + deviation), logarithmic));
    }
  }
  part.end();
  return spread;
}

/** The nearest number that an axis can have. */
function bounded(value: number, positive: boolean): number {
  return Math.min(Number.MAX_VALUE, Math.max(positive ? Number.MIN_VALUE : -Number.MAX_VALUE, value));
}

/** A point that cannot be drawn, once: lines end before it. */
function breakLine(series: Series, x: number): void {
  if (series.length > 0 && !Number.isNaN(series.last)) series.push(x, Number.NaN);
}

/** Keeps of the means those that not every run has a share in, and one to each side, so that the lines meet. */
class PartialMean {
  readonly #series: Series;
  #x = 0;
  #mean = Number.NaN;
  #full = true;
  #fullBefore = true;

  constructor(series: Series) {
    this.#series = series;
  }

  push(x: number, mean: number, full: boolean): void {
    this.#keep(full);
    this.#fullBefore = this.#full;
    this.#x = x;
    this.#mean = mean;
    this.#full = full;
  }

  end(): void {
    this.#keep(true);
  }

  /** Decides of the last place, now that the one after it is known. */
  #keep(fullAfter: boolean): void {
    const whole = this.#full && this.#fullBefore && fullAfter;
    if (whole || Number.isNaN(this.#mean)) breakLine(this.#series, this.#x);
    else this.#series.push(this.#x, this.#mean);
  }
}
