import { z } from 'zod';
import { checked } from '../validation.ts';
import { dense } from './dense.ts';
import type { Model } from './model.ts';

const Options = z.strictObject({
  /** Widths of the hidden layers; empty for a linear model. */
  widths: z.array(z.int().min(1)).default([256]),
  activation: z.enum(['relu', 'tanh', 'erf']).default('relu'),
  /**
   * `ntk`: z = h W / sqrt(fan_in), W ~ N(0, 1), no biases by default. `standard`: z = h W + b,
   * W ~ N(0, 2 / fan_in) with relu (He), else N(0, 1 / fan_in); the last layer always 1 / fan_in.
   */
  parameterization: z.enum(['ntk', 'standard']).default('ntk'),
  /** `hidden`: on the hidden layers only, which leaves a two-layer relu network homogeneous. */
  bias: z.union([z.boolean(), z.literal('hidden')]).optional(),
  /** `unscaled`: without `initialScale`. `zero`: the last layer's weights begin at 0, and with them the outputs. */
  lastLayer: z.enum(['random', 'unscaled', 'zero']).default('random'),
  /**
   * Factor g of the hidden activations in the NTK parameterisation, relu only: by default 1 with one
   * hidden layer and sqrt 2 with more, as in the paper.
   */
  gain: z.number().positive().optional(),
  /** Factor on the initial weights. */
  initialScale: z.number().positive().default(1),
});

export type MlpOptions = z.input<typeof Options>;

/**
 * Multilayer perceptron, any depth, several outputs, relu / tanh / erf, in the NTK or the standard
 * parameterisation.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 2; Jacot et al. 2018 for the NTK parameterisation.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function mlp(options: MlpOptions = {}): Model {
  const chosen = checked('mlp', Options, options);
  const { widths, activation, parameterization, initialScale, lastLayer } = chosen;
  const ntk = parameterization === 'ntk';
  const bias = chosen.bias ?? !ntk;
  if (chosen.gain !== undefined && (!ntk || activation !== 'relu')) {
    throw new RangeError(`mlp: gain = ${chosen.gain}: expected only with parameterization 'ntk' and activation 'relu'`);
  }
  if (ntk && bias && activation === 'relu' && (chosen.gain ?? 1) !== 1) {
    throw new RangeError(`mlp: gain = ${chosen.gain}: expected 1 with biases`);
  }
  const gain = ntk && activation === 'relu' ? (chosen.gain ?? (widths.length > 1 && !bias ? Math.SQRT2 : 1)) : 1;
  return {
    name: `mlp-${widths.join('-')}`,
    description: {
      model: 'mlp',
      widths,
      activation,
      parameterization,
      bias,
      gain,
      initialScale,
      lastLayer,
    },
    build(inputs, outputs) {
      const sizes = [inputs, ...widths, outputs];
      return {
        layers: sizes.slice(1).map((size, index) => {
          const fanIn = sizes[index]!;
          const hidden = index < widths.length;
          const variance = hidden && activation === 'relu' ? 2 / fanIn : 1 / fanIn;
          const scale = hidden ? initialScale : { random: initialScale, unscaled: 1, zero: 0 }[lastLayer];
          return dense({
            index: index + 1,
            inputs: fanIn,
            outputs: size,
            activation: hidden ? activation : 'identity',
            // relu is positively homogeneous, g relu(z) = relu(g z): the gain costs nothing inside the scale.
            scale: ntk ? (hidden ? gain : 1) / Math.sqrt(fanIn) : 1,
            bias: bias === 'hidden' ? hidden : bias,
            deviation: scale * (ntk ? 1 : Math.sqrt(variance)),
          });
        }),
      };
    },
  };
}
