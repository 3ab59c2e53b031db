import { diagonalLinear } from '../../../src/models/diagonalLinear.ts';
import { gradientDescent } from '../../../src/optimizers/gradientDescent.ts';
import { marginPredictors } from '../../../src/predictors/linearPredictors.ts';
import { largeMarginAccuracy, sparseLinearAccuracy } from '../../../src/tasks/exactAccuracy.ts';
import { largeMargin } from '../../../src/tasks/largeMargin.ts';
import { sparseLinear } from '../../../src/tasks/sparseLinear.ts';
import { adaptiveStep } from '../../../src/training/schedules/adaptiveStep.ts';
import { type GrokkingSetting, type GrokkingSettingOptions, given, transitionTime } from './grokkingSetting.ts';

const sparsity = 3;
const margin = 12;

/** What the two classification settings of diagonal networks share. @param rest of `readAt`, see {@link transitionTime} */
function diagonalSetting(alpha: number, weightDecay: number, rest: number) {
  const endTime = transitionTime(alpha, weightDecay, 14);
  return {
    model: diagonalLinear({ alpha }),
    loss: 'crossEntropy',
    optimizer: gradientDescent({ weightDecay }),
    learningRate: adaptiveStep({ curvature: 'logistic', most: 50, factor: 4, decay: weightDecay }),
    alpha,
    weightDecay,
    smallAlpha: 0.1,
    endTime,
    readAt: transitionTime(alpha, weightDecay, rest),
    steps: 200_000,
    nullRun: { endTime: 10 * endTime, steps: 20_000 },
    metric: 'accuracy',
    // Every sample is classified rightly after the first step, long before the loss is small.
    detection: { train: 'loss', memorised: 0.05 },
    fitted: 'training loss <= .05',
    predictors: marginPredictors,
    compared: 'weights',
    solution: ({ probe }) => probe.train.averageInputGradient(),
    linear: true,
  } as const satisfies Partial<GrokkingSetting>;
}

/**
 * Grokking: a sparse teacher learnt by a diagonal network. Early it is the L2-SVM, which does not generalise; from
 * (1 / wd) (ln alpha + const) on the L1-SVM, which does.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.2.
 */
export function sparseClassification(options: GrokkingSettingOptions): GrokkingSetting {
  const sizes = {
    default: { dimension: 1000, samples: 100 },
    small: { dimension: 300, samples: 50 },
    paper: { dimension: 10_000, samples: 160 },
  };
  const { dimension, samples, alpha = 64, weightDecay = 1e-3 } = { ...sizes[options.size], ...given(options) };
  return {
    ...diagonalSetting(alpha, weightDecay, 3),
    title: `diagonal network, ${sparsity}-sparse classification, d=${dimension}, n=${samples}`,
    task: sparseLinear({ dimension, samples, sparsity }),
    expectedSteps: 1150,
    exactAccuracy: sparseLinearAccuracy(options.seed, sparsity),
  };
}

/**
 * Misgrokking: classes far apart in a dense direction. Early the network is the L2-SVM, which generalises, and later the
 * L1-SVM, which does so less.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.2, misgrokking.
 */
export function denseClassification(options: GrokkingSettingOptions): GrokkingSetting {
  const sizes = {
    default: { dimension: 4096, samples: 32 },
    small: { dimension: 1024, samples: 16 },
    paper: { dimension: 4096, samples: 32 },
  };
  const { dimension, samples, alpha = 64, weightDecay = 1e-3 } = { ...sizes[options.size], ...given(options) };
  return {
    ...diagonalSetting(alpha, weightDecay, 5),
    title: `diagonal network, large-margin classification, d=${dimension}, n=${samples}`,
    task: largeMargin({ dimension, samples, margin }),
    expectedSteps: 450,
    exactAccuracy: largeMarginAccuracy(options.seed, dimension, margin),
  };
}
