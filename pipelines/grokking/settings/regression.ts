import { whenBoth } from '../../../src/eventual.ts';
import { diagonalLinear } from '../../../src/models/diagonalLinear.ts';
import { matrixFactorization } from '../../../src/models/matrixFactorization.ts';
import { gradientDescent } from '../../../src/optimizers/gradientDescent.ts';
import { completionPredictors } from '../../../src/predictors/completionPredictors.ts';
import { interpolantPredictors } from '../../../src/predictors/linearPredictors.ts';
import { matrixCompletion } from '../../../src/tasks/matrixCompletion.ts';
import { sparseLinear } from '../../../src/tasks/sparseLinear.ts';
import { adaptiveStep } from '../../../src/training/schedules/adaptiveStep.ts';
import { critical } from '../../../src/training/schedules/critical.ts';
import { type GrokkingSetting, type GrokkingSettingOptions, given, transitionTime } from './grokkingSetting.ts';

/**
 * Matrix completion: early the interpolant of least Frobenius norm, 0 wherever nothing was observed, in the end that of
 * least nuclear norm, which is the matrix.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.4.
 */
export function completion(options: GrokkingSettingOptions): GrokkingSetting {
  const sizes = {
    default: { dimension: 40, samples: 300 },
    small: { dimension: 24, samples: 160 },
    paper: { dimension: 97, samples: 471 },
  };
  const { dimension, samples, alpha = 10, weightDecay = 1e-3 } = { ...sizes[options.size], ...given(options) };
  const endTime = transitionTime(alpha, weightDecay, 28);
  return {
    title: `matrix completion with factors, d=${dimension}, n=${samples}`,
    task: matrixCompletion({ size: dimension, samples }),
    model: matrixFactorization({ size: dimension, alpha }),
    loss: 'square',
    optimizer: gradientDescent({ weightDecay }),
    learningRate: adaptiveStep({ curvature: 'rows', most: 1000, factor: samples / 16 }),
    alpha,
    weightDecay,
    smallAlpha: 0.1,
    endTime,
    steps: 200_000,
    expectedSteps: 5600,
    // Its rate stays small, but nothing moves any more once the loss is 0.
    nullRun: { endTime, steps: 2000 },
    metric: 'loss',
    detection: { train: 'loss', memorised: 1e-3, test: 'loss' },
    fitted: 'training loss <= .001',
    predictors: (data) => completionPredictors(data, dimension),
    compared: 'entries of the matrix',
    solution: ({ probe }) =>
      whenBoth(probe.train.predictions(), probe.test.predictions(), (train, test) => [...train, ...test]),
    linear: false,
  };
}

/**
 * Sparse regression with a diagonal network: early the interpolant of least L2 norm, in the end that of least L1 norm.
 * The rate is a share of the critical one at every step.
 * Source: Lyu et al. 2024 (arXiv 2311.18817), section 3.3.
 */
export function sparseRegression(options: GrokkingSettingOptions): GrokkingSetting {
  const sizes = {
    default: { dimension: 300, samples: 60 },
    small: { dimension: 150, samples: 40 },
    paper: { dimension: 1000, samples: 100 },
  };
  const { dimension, samples, alpha = 16, weightDecay = 1e-2 } = { ...sizes[options.size], ...given(options) };
  const endTime = transitionTime(alpha, weightDecay, 16);
  return {
    title: `diagonal network, 3-sparse regression, d=${dimension}, n=${samples}`,
    task: sparseLinear({ dimension, samples, target: 'value' }),
    model: diagonalLinear({ alpha }),
    loss: 'square',
    optimizer: gradientDescent({ weightDecay }),
    learningRate: critical(0.9),
    alpha,
    weightDecay,
    smallAlpha: 1,
    endTime,
    steps: 200_000,
    expectedSteps: 6000,
    nullRun: { endTime, steps: 2000 },
    metric: 'loss',
    // A hundredth of the first loss, which is 3 on average.
    detection: { train: 'loss', memorised: 0.03, test: 'loss' },
    fitted: 'training loss <= .03',
    predictors: interpolantPredictors,
    compared: 'weights',
    solution: ({ probe }) => probe.train.averageInputGradient(),
    linear: false,
  };
}
