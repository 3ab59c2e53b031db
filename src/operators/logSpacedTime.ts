import type { Row } from '../step.ts';
import type { Cadence } from './cadence.ts';

/** What the cadence looks at: rows of `train()` have it, recorded ones too. */
interface TimedRow extends Row {
  readonly time?: number;
  readonly learningRate?: number;
}

export interface LogSpacedTimeOptions {
  /** Points a decade of continuous time. Default 24, what `phaseTransitions()` needs. */
  readonly perDecade?: number;
  /** Coefficient of heavy-ball momentum, which makes a step take learningRate / (1 - momentum). Default 0. */
  readonly momentum?: number;
}

/**
 * On a logarithmic grid of continuous time, 10^(k / perDecade): at time 0 and at the last row before each point, that is
 * when the row's update passes a point. Steps that pass several are evaluated once; while steps are longer than the grid,
 * at every row. Without memory, so it is the same after a restart.
 *
 * ```
 * time           0   5   10   15   20   25   30         perDecade 4: points at 5.6, 10, 17.8, 31.6
 * evaluated      x   x         x             x
 * ```
 *
 * @throws {RangeError} unless perDecade > 0 and 0 <= momentum < 1; with the first row, when it has no `time` and
 * `learningRate`.
 */
export function logSpacedTime({ perDecade = 24, momentum = 0 }: LogSpacedTimeOptions = {}): Cadence {
  if (!(perDecade > 0 && Number.isFinite(perDecade))) {
    throw new RangeError(`logSpacedTime: perDecade = ${perDecade}: expected a finite number above 0`);
  }
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`logSpacedTime: momentum = ${momentum}: expected a number from 0, below 1`);
  }
  return (row) => {
    const { time, learningRate } = row as TimedRow;
    if (typeof time !== 'number' || typeof learningRate !== 'number') {
      throw new RangeError('logSpacedTime: the row has no time and learningRate: expected rows of train()');
    }
    if (time === 0) return true;
    const after = time + learningRate / (1 - momentum);
    return Math.floor(perDecade * Math.log10(after)) > Math.floor(perDecade * Math.log10(time));
  };
}
