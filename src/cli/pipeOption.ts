import { InvalidArgumentError } from 'commander';
import { type DetectorName, detectorNames } from '../../pipelines/detectorPipe.ts';

/** Reads names of detectors with commas between. */
export function pipeOption(text: string): DetectorName[] {
  return text.split(',').map((name) => {
    const known = detectorNames.find((detector) => detector === name.trim());
    if (known === undefined) throw new InvalidArgumentError(`expected some of ${detectorNames.join(',')}`);
    return known;
  });
}
