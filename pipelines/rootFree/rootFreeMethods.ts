import { adamW } from '../../src/optimizers/adamW.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { rootFreeAdamW } from '../../src/optimizers/rootFreeAdamW.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';

export const methodNames = [
  'sgd',
  'adamw',
  'rmsprop',
  'rf-rmsprop',
  'rf-adamw',
  'shampoo',
  'inverse-free-shampoo',
] as const;

export type MethodName = (typeof methodNames)[number];

/** What a search found for a method on one seed, by validation accuracy, in 12 trials each. */
export interface Tuning {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** 1 - alpha of the average of squares or factors; the rate of the factors of inverse-free Shampoo. */
  readonly beta2?: number;
}

/** The transformer and the CNN on 2000 images of Fashion-MNIST, batches of 32, 744 updates. */
export const tunings: {
  readonly transformer: Partial<Record<MethodName, Tuning>>;
  readonly cnn: Record<MethodName, Tuning>;
} = {
  transformer: {
    sgd: { learningRate: 0.0348, weightDecay: 0.0019 },
    adamw: { learningRate: 0.0042, weightDecay: 0.17, beta2: 0.11 },
    rmsprop: { learningRate: 4.2e-4, weightDecay: 0.17, beta2: 0.11 },
    'rf-rmsprop': { learningRate: 6.9e-4, weightDecay: 1.6e-4, beta2: 0.029 },
    'inverse-free-shampoo': { learningRate: 0.00145, weightDecay: 0.049, beta2: 0.058 },
  },
  cnn: {
    sgd: { learningRate: 0.448, weightDecay: 3.8e-4 },
    adamw: { learningRate: 0.0139, weightDecay: 0.0069, beta2: 0.02 },
    rmsprop: { learningRate: 0.00164, weightDecay: 0.109, beta2: 0.0024 },
    'rf-rmsprop': { learningRate: 0.0164, weightDecay: 0.011, beta2: 0.018 },
    'rf-adamw': { learningRate: 0.0434, weightDecay: 0.0032, beta2: 0.018 },
    shampoo: { learningRate: 0.0212, weightDecay: 0.056, beta2: 0.015 },
    'inverse-free-shampoo': { learningRate: 6.9e-4, weightDecay: 0.0019, beta2: 0.081 },
  },
};

/** What a method is made with beside its {@link Tuning}. */
export interface MethodChoice {
  readonly precision: 'float32' | 'bfloat16';
  /** eps of Shampoo, lambda of inverse-free Shampoo. */
  readonly damping?: number | undefined;
  /** Whether eps of Shampoo is in units of the largest eigenvalue of each factor. */
  readonly relativeDamping: boolean;
  /** Whether Newton's iteration of Shampoo stops where its error grows. */
  readonly guard: boolean;
  /** Updates from one computation of inverse roots or factors to the next. */
  readonly interval?: number | undefined;
  /** What the squares of root-free methods start from. */
  readonly initial?: number | undefined;
  /** Of the heavy ball; AdamW and its like average gradients instead. */
  readonly momentum: number;
}

/** Those that keep matrices, and those whose squares do not start at 0. */
export const matrixMethods: readonly MethodName[] = ['shampoo', 'inverse-free-shampoo'];
export const rootFreeMethods: readonly MethodName[] = ['rf-rmsprop', 'rf-adamw'];

/** The method with the tuned numbers. */
export function methodOf(name: MethodName, { weightDecay, beta2 = 0.01 }: Tuning, choice: MethodChoice): Optimizer {
  const { precision, damping, interval, momentum } = choice;
  const initial = choice.initial === undefined ? {} : { initial: choice.initial };
  switch (name) {
    case 'sgd':
      return gradientDescent({ momentum, weightDecay });
    case 'adamw':
      return adamW({ beta2: 1 - beta2, weightDecay });
    case 'rmsprop':
      return rmsprop({ alpha: 1 - beta2, weightDecay, decay: 'beforeMomentum', momentum });
    case 'rf-rmsprop':
      return rootFreeRmsprop({ alpha: 1 - beta2, weightDecay, momentum, ...initial });
    case 'rf-adamw':
      return rootFreeAdamW({ beta2: 1 - beta2, weightDecay, ...initial });
    case 'shampoo':
      return shampoo({
        beta2: 1 - beta2,
        epsilon: damping ?? 1e-8,
        relativeEpsilon: choice.relativeDamping,
        updateInterval: interval ?? 4,
        // Eigenvalues of 288 x 288 factors would take most of a run.
        inverseRoot: 'newton',
        guarded: choice.guard,
        precision,
        rootPrecision: precision,
        weightDecay,
        decay: 'beforeMomentum',
        momentum,
      });
    case 'inverse-free-shampoo':
      return inverseFreeShampoo({
        factorRate: beta2,
        riemannianMomentum: 0.5,
        damping: damping ?? 5e-5,
        updateInterval: interval ?? 2,
        precision,
        weightDecay,
        momentum,
      });
  }
}
