import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Row } from '../../src/step.ts';
import { sink } from '../sink.ts';
import { Screen, type TerminalStream } from './screen.ts';
import { TerminalWriter } from './terminalWriter.ts';

export interface TerminalOptions {
  /** Where to. Default `process.stderr`, never stdout, which belongs to the program's results. */
  readonly stream?: TerminalStream;
  /** Milliseconds, from any origin. Default `performance.now`. */
  readonly clock?: () => number;
  /** Least milliseconds between two drawings of the line, at least 100. Default 100, or 5000 where there is no terminal. */
  readonly every?: number;
}

/**
 * Shows how a run goes on one line that changes, with a line for good for each event that closes; passes the rows on.
 *
 * ```
 * step 120  catapult  ×4.2  93 % of the rise lay in the top eigenspace
 * small ━━━━━━━━━━━────────────── 432/1000  43%  loss 0.0123  480/s  0:02 left  test 0.0145  1 catapult
 * ```
 *
 * @example
 * train(spec).pipe(tangentKernel(), spikes(), toTerminal()).subscribe();
 *
 * The bar needs `run.metadata.expectedSteps` or `.steps`; without them steps are counted. Shown where the run has them: `loss`,
 * `evaluation` (test loss, accuracies), `flow.scaledTime`, `tangentKernel.learningRateRatio`, `agopAlignment.alignment`, how
 * far a late change of generalisation is (`phaseTransitions`), events (the `catapults` group before the `spikes` group). Without a terminal: a plain line every few seconds, no control characters. Colours
 * unless the environment has `NO_COLOR`.
 *
 * @throws {RangeError} for an option out of range.
 */
export function toTerminal<R extends Row>(options: TerminalOptions = {}): MonoTypeOperatorFunction<R> {
  const { stream = process.stderr, clock = () => performance.now(), every } = options;
  if (every !== undefined && !(every >= 100))
    throw new RangeError(`toTerminal every ${every}: expected milliseconds, at least 100`);
  return sink<R>(() => new TerminalWriter(new Screen(stream), clock, every));
}
