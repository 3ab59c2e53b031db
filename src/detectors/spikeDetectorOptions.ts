import type { LossLevelMemory } from './lossLevel.ts';
import { numberOption } from './option.ts';
import type { SpikeMemory } from './spikeMemory.ts';

/** Settings of a `SpikeDetector`; the defaults are meant to be left alone. */
export interface SpikeDetectorOptions {
  /**
   * Smallest rise worth an event, as a factor (default 1.3). Under noise the detector asks for more by itself: 5
   * standard deviations for a rise of one step, less for a longer one. Too small: slow drifts become level shifts;
   * too large: mild catapults are missed.
   */
  readonly ratio?: number;
  /**
   * Steps within which a spike must come back (default 200); after that it is a level shift. Too small: long
   * catapults are called level shifts; too large: level shifts are recognised late, and what happens meanwhile is
   * part of the open event.
   */
  readonly patience?: number;
  /** Rise that counts as divergence although the loss is still finite, as a factor (default 1e6). */
  readonly divergenceRatio?: number;
  /**
   * Weight of the past in an exponential average taken of the log-loss first, 0 to 0.99 (default 0: none). Noise is
   * measured and dealt with anyway; smoothing only delays and flattens.
   */
  readonly smoothing?: number;
  /**
   * Scatter of the log-loss (standard deviation) if it is known, such as 0 for full-batch descent (default null: it is
   * measured, with caution while few values are known). With it a rise in the very first steps is seen. It is used for
   * the first 20 values, and caution is dropped for good. Too small: noise gives events early on.
   */
  readonly noise?: number | null;
}

/** State of a `SpikeDetector` as plain JSON. */
export interface StoredSpikeDetector {
  readonly detector: 'spike';
  readonly version: 1;
  readonly options: Required<SpikeDetectorOptions>;
  readonly level: LossLevelMemory;
  readonly memory: SpikeMemory;
  /** The last value; as text if JSON has no number for it. */
  readonly value: number | string;
}

/** @throws RangeError naming the option, its value and what was expected. */
export function checkedSpikeOptions(options: SpikeDetectorOptions): Required<SpikeDetectorOptions> {
  return {
    ratio: numberOption('ratio', options.ratio, 1.3, 1.01, 1e9, 'smallest rise, as a factor'),
    patience: numberOption('patience', options.patience, 200, 1, Number.MAX_SAFE_INTEGER, 'steps'),
    divergenceRatio: numberOption('divergenceRatio', options.divergenceRatio, 1e6, 2, 1e300, 'rise, as a factor'),
    noise:
      options.noise === undefined || options.noise === null
        ? null
        : numberOption('noise', options.noise, 0, 0, 10, 'standard deviation of the log-loss'),
    smoothing: numberOption('smoothing', options.smoothing, 0, 0, 0.99, 'weight of the past'),
  };
}
