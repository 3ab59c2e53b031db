import { adadelta } from '../../src/optimizers/adadelta.ts';
import { adagrad } from '../../src/optimizers/adagrad.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { adamW } from '../../src/optimizers/adamW.ts';
import { fullGradientSam, noiseSam } from '../../src/optimizers/decomposedSam.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import type { Optimizer } from '../../src/optimizers/optimizer.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { rootFreeAdamW } from '../../src/optimizers/rootFreeAdamW.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';

const momentum = { momentum: 0.8, weightDecay: 0.02 } as const;

/** Every method without momentum and weight decay: a step is w - lr P^{-1} g. */
export const bareOptimizers: Readonly<Record<string, Optimizer>> = {
  'gradient descent': gradientDescent(),
  adagrad: adagrad(),
  'adagrad of TensorFlow': adagrad({ initial: 0.1, epsilonPlacement: 'inside' }),
  adadelta: adadelta(),
  rmsprop: rmsprop(),
  'centered rmsprop': rmsprop({ centered: true, epsilonPlacement: 'inside', epsilon: 1e-4 }),
  adam: adam({ beta1: 0 }),
  adamW: adamW({ beta1: 0, weightDecay: 0 }),
  rootFreeRmsprop: rootFreeRmsprop({ alpha: 0.9 }),
  rootFreeAdamW: rootFreeAdamW({ beta1: 0, weightDecay: 0 }),
  'rootFreeAdamW, corrected': rootFreeAdamW({ beta1: 0, weightDecay: 0, biasCorrection: true }),
  shampoo: shampoo(),
  'shampoo, joint, every third step': shampoo({ joint: true, updateInterval: 3, beta2: 0.9 }),
  'shampoo by Newton': shampoo({ inverseRoot: 'newton', epsilon: 0.01 }),
  'shampoo in bfloat16': shampoo({ precision: 'bfloat16' }),
  inverseFreeShampoo: inverseFreeShampoo({ momentum: 0 }),
  'inverseFreeShampoo, joint, every third step': inverseFreeShampoo({ momentum: 0, joint: true, updateInterval: 3 }),
  'inverseFreeShampoo in bfloat16': inverseFreeShampoo({ momentum: 0, precision: 'bfloat16' }),
};

/** Every method, with everything that it can remember. */
export const everyOptimizer: Readonly<Record<string, Optimizer>> = {
  ...bareOptimizers,
  'heavy ball': gradientDescent(momentum),
  'Nesterov, decoupled': gradientDescent({ ...momentum, nesterov: true, decay: 'decoupled' }),
  'rmsprop with momentum': rmsprop({ ...momentum, centered: true, decay: 'beforeMomentum' }),
  'adam with average': adam({ weightDecay: 0.1 }),
  'adamW with average': adamW(),
  'rootFreeRmsprop with momentum': rootFreeRmsprop(momentum),
  'rootFreeAdamW with average': rootFreeAdamW(),
  'shampoo with momentum': shampoo(momentum),
  'inverseFreeShampoo with momentum': inverseFreeShampoo({ ...momentum, joint: true, updateInterval: 2 }),
  sam: sam({ base: gradientDescent(momentum) }),
  'adaptive sam over adamW': sam({ adaptive: true, rho: 0.5, base: adamW() }),
  'friendlySam, published': friendlySam({ form: 'published', sigma: 0.7 }),
  'friendlySam over friendlySam': friendlySam({ base: friendlySam({ base: gradientDescent(momentum) }) }),
  fullGradientSam: fullGradientSam({ base: gradientDescent(momentum) }),
  noiseSam: noiseSam({ base: gradientDescent(momentum) }),
};
