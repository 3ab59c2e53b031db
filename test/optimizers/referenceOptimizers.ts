import { readFileSync } from 'node:fs';
import { adadelta } from '../../src/optimizers/adadelta.ts';
import { adagrad } from '../../src/optimizers/adagrad.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { adamW } from '../../src/optimizers/adamW.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { rootFreeAdamW } from '../../src/optimizers/rootFreeAdamW.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import type { ReferenceTensor } from '../reference/reference.ts';

interface Hyperparameters {
  readonly lr: number;
  readonly base: { readonly lr: number; readonly momentum: number; readonly weight_decay?: number };
  readonly [name: string]: unknown;
}

export interface ReferenceTrajectory {
  readonly hyperparameters: Hyperparameters;
  readonly float32_max_abs_deviation: number;
  readonly params_after_step: ReferenceTensor;
  /** Inverse-free Shampoo: the factors after the last step, by block and axis. */
  readonly final_K?: readonly (readonly ReferenceTensor[])[];
}

interface ReferenceFile {
  readonly problem: {
    readonly X: ReferenceTensor;
    readonly Y: ReferenceTensor;
    readonly params: Readonly<Record<string, ReferenceTensor>>;
    readonly batches: readonly (readonly number[])[];
  };
  readonly optimizers: Readonly<Record<string, ReferenceTrajectory>>;
  readonly decomposition: {
    readonly full_gradient: readonly number[];
    readonly batches: readonly {
      readonly gradient: readonly number[];
      readonly noise: readonly number[];
      readonly coefficient: number;
    }[];
  };
}

/** Trajectories and decompositions computed in float64 by an independent program: tanh 3-4-2 with biases, batches of 4. */
export const reference: ReferenceFile = JSON.parse(
  readFileSync(new URL('../reference/optimizers.json', import.meta.url), 'utf8'),
);

/** The optimizer that a trajectory was made with, and its learning rate. */
export function referenceOptimizer(name: string): { optimizer: Optimizer; learningRate: number } {
  // biome-ignore lint/suspicious/noExplicitAny: hyperparameters differ from one method to the next
  const h = reference.optimizers[name]!.hyperparameters as any;
  const { lr, momentum = 0, nesterov = false, weight_decay: weightDecay = 0, batch_size: batchSize, alpha, eps } = h;
  const epsilonPlacement = h.eps_inside ? 'inside' : 'outside';
  const base = h.base && gradientDescent({ momentum: h.base.momentum, weightDecay: h.base.weight_decay ?? 0 });
  const made = (): Optimizer => {
    if (name.startsWith('sgd')) return gradientDescent({ momentum, nesterov, weightDecay });
    if (name.startsWith('adagrad')) return adagrad({ initial: h.init_acc, epsilon: eps, epsilonPlacement });
    if (name === 'adadelta') return adadelta({ rho: h.rho, epsilon: eps });
    if (name.startsWith('rmsprop')) {
      return rmsprop({ alpha, epsilon: eps, epsilonPlacement, momentum, centered: h.centered ?? false });
    }
    if (name === 'adamw') {
      return adamW({ beta1: h.beta1, beta2: h.beta2, epsilon: eps, weightDecay: h.decoupled_wd });
    }
    if (name.startsWith('adam')) {
      return adam({ beta1: h.beta1, beta2: h.beta2, epsilon: eps, weightDecay: h.l2 ?? 0 });
    }
    if (name.startsWith('rf_rmsprop')) {
      return rootFreeRmsprop({ alpha, epsilon: eps, momentum, weightDecay, batchSize });
    }
    if (name.startsWith('rf_adamw')) {
      const { beta1, beta2, bias_correction: biasCorrection } = h;
      return rootFreeAdamW({ beta1, beta2, epsilon: eps, weightDecay, biasCorrection, batchSize });
    }
    if (name.startsWith('sirf')) {
      return inverseFreeShampoo({
        factorRate: h.beta2,
        momentum: h.alpha1,
        riemannianMomentum: h.alpha2,
        damping: h.lam,
        weightDecay: h.kappa,
        updateInterval: h.T,
        joint: h.combine ?? false,
        batchSize,
      });
    }
    if (name.startsWith('shampoo')) return shampoo({ beta2: h.beta2, epsilon: eps, momentum });
    if (name.endsWith('sam')) return sam({ base, rho: h.rho, adaptive: h.adaptive ?? false });
    if (name === 'sam_weight_decay') return sam({ base, rho: h.rho });
    return friendlySam({
      base,
      rho: h.rho,
      sigma: h.sigma,
      lambda: h.lmbda,
      form: h.kind === 'paper' ? 'published' : 'authorsCode',
      adaptive: h.adaptive ?? false,
    });
  };
  return { optimizer: made(), learningRate: lr ?? h.base.lr };
}
