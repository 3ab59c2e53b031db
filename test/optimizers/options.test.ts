import { describe, expect, it } from 'vitest';
import { adadelta } from '../../src/optimizers/adadelta.ts';
import { adagrad } from '../../src/optimizers/adagrad.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { adamW } from '../../src/optimizers/adamW.ts';
import { fullGradientSam, noiseSam } from '../../src/optimizers/decomposedSam.ts';
import { friendlySam } from '../../src/optimizers/friendlySam.ts';
import { gradientDescent } from '../../src/optimizers/gradientDescent.ts';
import { inverseFreeShampoo } from '../../src/optimizers/inverseFreeShampoo.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { rootFreeAdamW } from '../../src/optimizers/rootFreeAdamW.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import { sam } from '../../src/optimizers/sam.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import { everyOptimizer } from './everyOptimizer.ts';

describe('an option out of range is refused with its name, its value and what was expected', () => {
  it.each([
    [() => gradientDescent({ momentum: 1 }), /^gradientDescent: momentum = 1: .*<1$/],
    [() => gradientDescent({ weightDecay: -0.1 }), /^gradientDescent: weightDecay = -0.1: .*>=0$/],
    [() => gradientDescent({ decay: 'L2' as never }), /^gradientDescent: decay = "L2": .*"coupled"/],
    [() => adagrad({ initial: Number.NaN }), /^adagrad: initial = NaN: .*expected number/],
    [() => adadelta({ epsilon: 0 }), /^adadelta: epsilon = 0: .*>0$/],
    [
      () => rmsprop({ epsilonPlacement: 'under' as never }),
      /^rmsprop: epsilonPlacement = "under": .*"outside"\|"inside"/,
    ],
    [() => adam({ beta2: 1 }), /^adam: beta2 = 1: .*<1$/],
    [() => adamW({ beta1: -1 }), /^adamW: beta1 = -1: .*>=0$/],
    [() => rootFreeRmsprop({ batchSize: 0 }), /^rootFreeRmsprop: batchSize = 0: .*>0$/],
    [() => rootFreeAdamW({ biasCorrection: 1 as never }), /^rootFreeAdamW: biasCorrection = 1: .*boolean/],
    [() => shampoo({ beta2: 1.5 }), /^shampoo: beta2 = 1.5: .*<=1$/],
    [() => shampoo({ updateInterval: 0 }), /^shampoo: updateInterval = 0: .*>=1$/],
    [
      () => shampoo({ rootPrecision: 'bfloat16' }),
      /^shampoo: rootPrecision = "bfloat16": expected float32, or .*newton/,
    ],
    [() => inverseFreeShampoo({ precision: 'half' as never }), /^inverseFreeShampoo: precision = "half": .*"bfloat16"/],
    [() => sam({ rho: -1 }), /^sam: rho = -1: .*>=0$/],
    [() => sam({ base: 'adam' as never }), /^sam: base = "adam": expected an optimizer, such as gradientDescent/],
    [() => sam({ othersOnly: true }), /^sam: othersOnly = true: expected false, or a perturbationBatch/],
    [() => friendlySam({ form: 'other' as never }), /^friendlySam: form = "other": .*"published"\|"authorsCode"/],
    [() => fullGradientSam({ sigma: 1 } as never), /^fullGradientSam: .*sigma/],
    [() => noiseSam({ rho: Number.POSITIVE_INFINITY }), /^noiseSam: rho = Infinity: .*expected number/],
  ])('%#', (make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });
});

it.each(Object.entries(everyOptimizer))('%s describes itself as plain data', (_, { description, name }) => {
  expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  expect(name).not.toBe('');
});
