import { Series } from './series.ts';

interface Smoothed {
  readonly halfLife: number;
  readonly logarithmic: boolean;
  readonly series: Series;
  /** Points of the raw series taken in so far, the row of the last one, and the sums of the mean. */
  taken: number;
  row: number;
  sum: number;
  weight: number;
}

const cache = new WeakMap<Series, Smoothed>();

/**
 * The exponential moving average of a series, a value that many rows ago counting half; of the logarithms where the
 * axis is logarithmic. It follows what has come, never what is to come, and passes over what is no number.
 */
export function smoothed(raw: Series, halfLife: number, logarithmic: boolean): Series {
  let state = cache.get(raw);
  if (state === undefined || state.halfLife !== halfLife || state.logarithmic !== logarithmic) {
    state = { halfLife, logarithmic, series: new Series(), taken: 0, row: 0, sum: 0, weight: 0 };
    cache.set(raw, state);
  }
  for (; state.taken < raw.length; state.taken++) {
    const value = raw.y[state.taken]!;
    if (!Number.isFinite(value) || (logarithmic && value <= 0)) continue;
    const row = raw.rows[state.taken]!;
    const kept = 2 ** ((state.row - row) / halfLife);
    state.row = row;
    state.sum = state.sum * kept + (logarithmic ? Math.log(value) : value);
    state.weight = state.weight * kept + 1;
    const mean = state.sum / state.weight;
    state.series.push(row, logarithmic ? Math.exp(mean) : mean);
  }
  return state.series;
}
