import { z } from 'zod';
import { denseClassification, sparseClassification } from './settings/diagonal.ts';
import type { GrokkingSetting, GrokkingSettingOptions } from './settings/grokkingSetting.ts';
import { modular, xor } from './settings/networks.ts';
import { completion, sparseRegression } from './settings/regression.ts';

const settings = {
  diagonal: sparseClassification,
  misgrokking: denseClassification,
  completion,
  modular,
  xor,
  'sparse-regression': sparseRegression,
} satisfies Record<string, (options: GrokkingSettingOptions) => GrokkingSetting>;

const settingNames = Object.keys(settings) as [keyof typeof settings, ...(keyof typeof settings)[]];

/** Options of the grokking pipeline; what depends on the setting has no default here. */
export const Options = z.strictObject({
  setting: z.enum(settingNames).default('diagonal').describe('what to train'),
  size: z.enum(['default', 'small', 'paper']).default('default').describe('small, or as in the paper'),
  variant: z.enum(['kernel', 'plain', 'adamw']).optional().describe('of modular (default: kernel)'),
  /** |theta| of a diagonal network, the factors' diagonal, or a factor on the usual initial weights. */
  alpha: z.number().positive().optional().describe('size of the initialisation'),
  weightDecay: z.number().min(0).optional().describe('weight decay, coupled but for adamw'),
  dimension: z.int().min(4).optional().describe('inputs, side of the matrix, or modulus'),
  samples: z.int().min(2).optional().describe('training samples'),
  width: z.int().min(1).optional().describe('hidden units of the networks'),
  learningRate: z.number().positive().optional().describe('a fixed rate instead of adaptive steps'),
  steps: z.int().min(1).optional().describe('most updates to make'),
  perDecade: z.number().positive().default(24).describe('evaluations in a decade of continuous time'),
  controls: z
    .boolean()
    .default(false)
    .describe('only the run, not the same without weight decay and from a small initialisation as well'),
  seed: z.int().default(0).describe('determines data, initialisation and order'),
  backend: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('where to compute'),
});

export type GrokkingOptions = z.input<typeof Options>;
export type GrokkingChoice = z.output<typeof Options>;

/**
 * The setting that the options choose.
 * @throws {RangeError} when they do not go together.
 */
export function settingOf(chosen: GrokkingChoice): GrokkingSetting {
  if (chosen.variant !== undefined && chosen.setting !== 'modular') {
    throw new RangeError(`grokking: variant = ${chosen.variant}: expected only with setting modular`);
  }
  const { weightDecay, ...others } = chosen;
  const make = settings[chosen.setting];
  const given = make(chosen);
  // Without decay no time is the end: as long as the run with the usual one is told to be followed without.
  const made = weightDecay === 0 ? { ...given, ...make(others).nullRun } : given;
  const { learningRate = made.learningRate } = chosen;
  const fixedSteps = Math.ceil(made.endTime / (learningRate as number)) + 1;
  const steps = chosen.steps ?? (chosen.learningRate !== undefined && made.endTime < 1e300 ? fixedSteps : made.steps);
  return {
    ...made,
    learningRate,
    steps,
    expectedSteps: chosen.learningRate === undefined ? made.expectedSteps : steps,
  };
}
