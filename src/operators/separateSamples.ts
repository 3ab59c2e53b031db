import { type ProbeAbilities, UndefinedProbeError } from '../probe.ts';

/**
 * Whether the outputs of each sample are its own: in a training batch they are not where batch normalization couples
 * them, while the whole training set and the test set are seen with the running statistics.
 * @throws {UndefinedProbeError} naming the operator, for what is asked of the samples of a batch one by one.
 */
export function checkSeparateSamples(
  operator: string,
  abilities: ProbeAbilities,
  on: 'batch' | 'train' | 'test',
): void {
  if (on !== 'batch' || !abilities.couplesSamples) return;
  throw new UndefinedProbeError(
    operator,
    "batch normalization makes every output of a batch depend on all of its samples: ask on: 'train', where the running statistics stand in",
  );
}
