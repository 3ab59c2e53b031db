import { concat, defer, EMPTY, from, ignoreElements, type Observable } from 'rxjs';
import { z } from 'zod';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { checked } from '../../src/validation.ts';
import type { Pipeline, PipelineContext } from '../pipeline.ts';
import { type Control, controlResult } from './grokkingControls.ts';
import { grokkingLaw } from './grokkingLaw.ts';
import { type GrokkingRow, grokkingRows } from './grokkingRows.ts';
import { grokkingSpec } from './grokkingSpec.ts';
import { GrokkingSummary } from './grokkingSummary.ts';
import { denseClassification, sparseClassification } from './settings/diagonal.ts';
import type { GrokkingSetting, GrokkingSettingOptions } from './settings/grokkingSetting.ts';
import { modular, xor } from './settings/networks.ts';
import { completion, sparseRegression } from './settings/regression.ts';

const settings: Readonly<Record<GrokkingSettingName, (options: GrokkingSettingOptions) => GrokkingSetting>> = {
  diagonal: sparseClassification,
  misgrokking: denseClassification,
  completion,
  modular,
  xor,
  'sparse-regression': sparseRegression,
};

export const grokkingSettingNames = [
  'diagonal',
  'misgrokking',
  'completion',
  'modular',
  'xor',
  'sparse-regression',
] as const;
export type GrokkingSettingName = (typeof grokkingSettingNames)[number];

const Options = z.strictObject({
  setting: z.enum(grokkingSettingNames).default('diagonal'),
  /** `paper`: the sizes of the paper. */
  size: z.enum(['default', 'small', 'paper']).default('default'),
  /** Of `modular`. */
  variant: z.enum(['kernel', 'plain', 'adamw']).optional(),
  /** Size of the initialisation: |theta| of a diagonal network, the factors' diagonal, or a factor on the usual one. */
  alpha: z.number().positive().optional(),
  weightDecay: z.number().min(0).optional(),
  /** d, or the modulus. */
  dimension: z.int().min(4).optional(),
  samples: z.int().min(2).optional(),
  /** Of the networks. */
  width: z.int().min(1).optional(),
  /** A fixed rate instead of adaptive steps. */
  learningRate: z.number().positive().optional(),
  /** Most updates to make. */
  steps: z.int().min(1).optional(),
  /** Evaluations in a decade of continuous time. */
  perDecade: z.number().positive().default(24),
  /** Whether to run, after it, the same without weight decay and from a small initialisation. */
  controls: z.boolean().default(false),
  seed: z.int().default(0),
  backend: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto'),
});

export type GrokkingOptions = z.input<typeof Options>;
type Chosen = z.output<typeof Options>;

/**
 * Early and late implicit biases: from a large initialisation training first finds the kernel predictor and stays with it
 * for a time that grows with ln(alpha) / wd, until weight decay leads, in a sharp transition, to the solution of least
 * norm or largest margin. Both are computed without training and compared with the model as it goes.
 * Source: Lyu et al. 2024 (arXiv 2311.18817).
 */
export const grokkingPipeline: Pipeline<typeof Options, GrokkingRow> = {
  name: 'grokking',
  description: 'watch a network leave the kernel regime: grokking and misgrokking in continuous time',
  options: Options,
  law: grokkingLaw,
  prepare: async (options, context = {}) => {
    const chosen = checked('grokking', Options, options);
    const { seed, perDecade } = chosen;
    if (chosen.variant !== undefined && chosen.setting !== 'modular') {
      throw new RangeError(`grokking: variant = ${chosen.variant}: expected only with setting modular`);
    }
    const { name: backend } = await useBackend(chosen.backend);
    const setting = settingOf(chosen);
    const name = ['grokking', chosen.setting, chosen.variant, chosen.size, `seed${seed}`]
      .filter((part) => part !== undefined && part !== 'default')
      .join('-');
    context.progress?.('computing the predictors to compare with');
    const predictors = await setting.predictors(await setting.task.data(seed));
    const { control$ } = context;
    const training = { ...(control$ === undefined ? {} : { control$ }), ...(await context.training?.(name)) };
    const summary = new GrokkingSummary(setting, predictors);
    const spec = grokkingSpec(setting, { name, seed, backend });
    const rows = grokkingRows(setting, spec, predictors, perDecade, training);
    const after = chosen.controls ? controlsOf(chosen, setting) : [];
    const train = (control: Control) => controlResult(control, { name: control.name, seed, backend }, perDecade);
    return { name, rows: concat(rows, afterwards(after, train, summary, context)), summary };
  },
};

/** Runs the controls once the run itself is over, unless it was told to stop. Emits nothing. */
function afterwards(
  controls: readonly Control[],
  train: (control: Control) => ReturnType<typeof controlResult>,
  summary: GrokkingSummary,
  { control$, progress }: PipelineContext,
): Observable<never> {
  if (controls.length === 0) return EMPTY;
  let stopped = false;
  const listening = control$?.subscribe(({ type }) => {
    stopped ||= type === 'stop';
  });
  const all = async () => {
    for (const control of controls) {
      if (stopped) break;
      progress?.(`control: ${control.name}`);
      summary.add(await train(control));
    }
    listening?.unsubscribe();
  };
  return defer(() => from(all()).pipe(ignoreElements()));
}

function settingOf(chosen: Chosen): GrokkingSetting {
  const given = settings[chosen.setting](chosen);
  // Without decay no time is the end: as long as the run with the usual one is told to be followed without.
  const made = chosen.weightDecay === 0 ? { ...given, ...usual(chosen).nullRun } : given;
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

function usual({ weightDecay: _, ...chosen }: Chosen): GrokkingSetting {
  return settings[chosen.setting](chosen);
}

/** The same without weight decay, and with it from a small initialisation. */
function controlsOf(chosen: Chosen, setting: GrokkingSetting): Control[] {
  const without = settingOf({ ...chosen, weightDecay: 0 });
  const small = settingOf({ ...chosen, alpha: setting.smallAlpha });
  return [
    { name: 'no weight decay', setting: { ...without, ...setting.nullRun } },
    {
      name: `small initialisation (alpha ${setting.smallAlpha})`,
      setting: { ...small, endTime: setting.endTime, steps: Math.min(small.steps, 2 * setting.expectedSteps) },
    },
  ];
}
