import type { TrainingStep } from '../../src/step.ts';
import type { Pipeline, PreparedRun } from '../pipeline.ts';
import { prepareInvariance } from './rootFreeInvariance.ts';
import { RootFreeOptions, rootFreeChoice } from './rootFreeOptions.ts';
import { preparePrecision } from './rootFreePrecision.ts';
import { prepareTraining } from './rootFreeTraining.ts';

/**
 * Adaptive methods without the root, on images: what low precision does to the inverse roots of Shampoo and not to the
 * method without them, a transformer or a CNN trained with one method or another beside the gauge of how adaptive it is,
 * and the invariance under multiples of the loss.
 * Source: Lin, Dangel, Eschenhagen, Bae, Turner, Makhzani 2024 (arXiv 2402.03496).
 */
export const rootFreePipeline: Pipeline<typeof RootFreeOptions, TrainingStep> = {
  name: 'root-free',
  description: 'adaptive methods without the root: low precision, transformer, CNN, invariance',
  options: RootFreeOptions,
  prepare: async (options, context = {}) => {
    const choice = rootFreeChoice(options);
    const prepared = {
      'low-precision': preparePrecision,
      transformer: prepareTraining,
      cnn: prepareTraining,
      invariance: prepareInvariance,
    }[choice.setting];
    return (await prepared(choice, context)) as unknown as PreparedRun<TrainingStep>;
  },
};
