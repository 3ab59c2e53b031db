import { mlp } from '../../../src/models/mlp.ts';
import type { Model } from '../../../src/models/model.ts';
import { adamW } from '../../../src/optimizers/adamW.ts';
import { gradientDescent } from '../../../src/optimizers/gradientDescent.ts';
import { networkPredictor } from '../../../src/predictors/networkPredictor.ts';
import { modularAddition } from '../../../src/tasks/modularAddition.ts';
import { parity } from '../../../src/tasks/parity.ts';
import { adaptiveStep } from '../../../src/training/schedules/adaptiveStep.ts';
import { type GrokkingSetting, type GrokkingSettingOptions, given } from './grokkingSetting.ts';

const momentum = 0.9;

/** What settings of networks under cross-entropy share. */
function networkSetting(model: Model, seed: number) {
  return {
    model,
    loss: 'crossEntropy',
    endTime: Number.POSITIVE_INFINITY,
    smallAlpha: 1,
    metric: 'accuracy',
    detection: { memorised: 0.99 },
    fitted: 'training accuracy >= .99',
    predictors: async (data) => ({ early: await networkPredictor(model, data, seed), late: null }),
    compared: 'predictions on the test set',
    solution: ({ probe }) => probe.test.predictions(),
    linear: false,
    // Two layers, with biases in the first only.
    degree: 2,
  } as const satisfies Partial<GrokkingSetting>;
}

/**
 * Addition modulo p with a two-layer relu network. `kernel`: a large initialisation with a zero last layer, so that the
 * network fits the data in the kernel regime; `plain`: the usual initialisation at a fixed rate; `adamw`: decoupled decay.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 1.
 */
export function modular(options: GrokkingSettingOptions): GrokkingSetting {
  const sizes = {
    default: { dimension: 31, width: 128 },
    small: { dimension: 23, width: 96 },
    paper: undefined,
  };
  const { size, seed, variant = 'kernel' } = options;
  const variants = {
    kernel: { alpha: 10, weightDecay: 1e-4, steps: 3000, trainShare: 0.75, lastLayer: 'zero' },
    plain: { alpha: 1, weightDecay: 2e-4, steps: 10_000, trainShare: 0.75, lastLayer: 'random' },
    adamw: { alpha: 4, weightDecay: 1, steps: 1500, trainShare: 0.7, lastLayer: 'random' },
  } as const;
  if (sizes[size] === undefined) {
    throw new RangeError(
      `grokking: size = ${size}: expected default or small with setting modular, as the kernel of the paper's network does not fit in memory`,
    );
  }
  const chosen = { ...sizes[size], ...variants[variant], ...given(options) };
  const { dimension, width, alpha, weightDecay, steps, trainShare, lastLayer } = chosen;
  const model = mlp({
    widths: [width],
    parameterization: 'standard',
    bias: 'hidden',
    initialScale: alpha,
    lastLayer,
  });
  const optimizer =
    variant === 'adamw' ? adamW({ beta2: 0.98, weightDecay }) : gradientDescent({ momentum, weightDecay });
  const learningRate = { kernel: adaptiveStep({ most: 10, factor: 1000 }), plain: 0.6, adamw: 0.01 }[variant];
  return {
    ...networkSetting(model, seed),
    title: `addition mod ${dimension}, two-layer relu network of width ${width}, variant ${variant}`,
    task: modularAddition({ modulus: dimension, trainShare }),
    optimizer,
    learningRate,
    alpha,
    weightDecay,
    steps,
    expectedSteps: steps,
    nullRun: { endTime: Number.POSITIVE_INFINITY, steps },
  };
}

/**
 * XOR of two of d signs with a two-layer relu network of large initialisation.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), appendix.
 */
export function xor(options: GrokkingSettingOptions): GrokkingSetting {
  const sizes = {
    default: { dimension: 40, samples: 200, width: 100 },
    small: { dimension: 40, samples: 200, width: 100 },
    paper: { dimension: 40, samples: 200, width: 1000 },
  };
  const chosen = { alpha: 10, weightDecay: 1e-3, ...sizes[options.size], ...given(options) };
  const { dimension, samples, width, alpha, weightDecay } = chosen;
  const { seed } = options;
  const model = mlp({
    widths: [width],
    parameterization: 'standard',
    bias: 'hidden',
    // He's initialisation has twice the variance that alpha is a factor on.
    initialScale: alpha / Math.SQRT2,
    lastLayer: 'unscaled',
  });
  return {
    ...networkSetting(model, seed),
    title: `XOR of 2 of ${dimension} signs, two-layer relu network of width ${width}, n=${samples}`,
    task: parity({ dimension, samples }),
    optimizer: gradientDescent({ momentum, weightDecay }),
    learningRate: adaptiveStep({ most: 1, factor: 10 }),
    alpha,
    weightDecay,
    steps: 4000,
    expectedSteps: 4000,
    nullRun: { endTime: Number.POSITIVE_INFINITY, steps: 4000 },
  };
}
