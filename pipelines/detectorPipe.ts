import { type MonoTypeOperatorFunction, type Observable, pipe } from 'rxjs';
import type { SpikeDetectorOptions } from '../src/detectors/spikeDetector.ts';
import { catapults } from '../src/operators/catapults.ts';
import { divergence } from '../src/operators/divergence.ts';
import { plateau } from '../src/operators/plateau.ts';
import { spikes } from '../src/operators/spikes.ts';
import type { LossRow } from '../src/step.ts';

/** The detectors that need no live model, by the name of the group that each adds. */
const detectors = {
  spikes: (settings: SpikeDetectorOptions) => spikes(settings),
  catapults: () => catapults() as unknown as MonoTypeOperatorFunction<LossRow>,
  divergence: () => divergence(),
  plateau: () => plateau(),
} as const;

export type DetectorName = keyof typeof detectors;
export const detectorNames = Object.keys(detectors) as DetectorName[];

/**
 * The detectors one after the other, in the order given.
 * @throws {RangeError} for settings out of range
 */
export function detectorPipe(
  names: readonly DetectorName[],
  settings: SpikeDetectorOptions = {},
): (rows: Observable<LossRow>) => Observable<LossRow> {
  const operators = names.map((name) => detectors[name](settings) as MonoTypeOperatorFunction<LossRow>);
  return (rows) => operators.reduce((piped, operator) => piped.pipe(pipe(operator)), rows);
}

/**
 * The groups of a recorded run to leave out before these detectors: what other detectors found then is not to be taken
 * for what these find. `catapults` alone goes by the recorded `spikes`.
 */
export function supersededBy(names: readonly DetectorName[]): DetectorName[] {
  const needsRecorded = names.includes('catapults') && !names.includes('spikes');
  return detectorNames.filter((name) => !(needsRecorded && name === 'spikes'));
}
