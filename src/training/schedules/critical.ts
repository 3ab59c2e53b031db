import { z } from 'zod';
import { whenReady } from '../../eventual.ts';
import { UndefinedProbeError } from '../../probe.ts';
import { checked } from '../../validation.ts';
import type { Schedule } from '../schedule.ts';
import { ofStep } from './ofStep.ts';

const Options = z.strictObject({
  factor: z.number().min(0),
  samples: z.enum(['train', 'batch']),
});

/**
 * `factor` times the critical rate of the kernel as it is at every step: below 1 the loss never spikes. The kernel
 * is that of the whole training set, or of the batch about to be learnt from, which decides about that very step.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 2.
 * @throws {RangeError} naming the option, its value and what was expected.
 * @throws {UndefinedProbeError} at the first step, when the optimizer is preconditioned (Adam and its like).
 */
export function critical(factor: number, samples: 'train' | 'batch' = 'train'): Schedule {
  checked('critical', Options, { factor, samples });
  return ofStep(`critical(${factor}, ${samples})`, ({ probe }) => {
    if (probe.abilities.preconditioned) {
      throw new UndefinedProbeError(
        'critical',
        'the critical learning rate is not defined by the kernel alone for a preconditioned optimizer',
      );
    }
    return whenReady(probe[samples].criticalLearningRate(), (rate) => factor * rate);
  });
}
