import fc from 'fast-check';
import { randomStream } from '../../src/randomness.ts';
import { type PlainMlp, parameterCount, plainForward } from './plainMlp.ts';

/** A small net with parameters (biases too) and samples, all exactly representable in float32. */
export interface RandomNet {
  readonly net: PlainMlp;
  readonly parameters: readonly number[];
  readonly inputs: readonly (readonly number[])[];
  readonly seed: number;
}

export interface NetLimits {
  readonly hiddenLayers?: number;
  readonly width?: number;
  readonly outputs?: { readonly min: number; readonly max: number };
  readonly samples?: number;
  readonly dimension?: { readonly min: number; readonly max: number };
}

/**
 * Nets of every kind the library makes. Relu nets keep a distance of .01 from every kink: finite differences
 * move a pre-activation by 1e-4 times an activation, float32 by less.
 */
export function randomNets(limits: NetLimits = {}): fc.Arbitrary<RandomNet> {
  const { hiddenLayers = 3, width = 5, samples = 6 } = limits;
  const { outputs = { min: 1, max: 3 }, dimension = { min: 1, max: 6 } } = limits;
  return fc
    .record({
      net: fc.record({
        inputs: fc.integer(dimension),
        widths: fc.array(fc.integer({ min: 1, max: width }), { maxLength: hiddenLayers }),
        outputs: fc.integer(outputs),
        activation: fc.constantFrom('relu' as const, 'tanh' as const, 'erf' as const),
        parameterization: fc.constantFrom('ntk' as const, 'standard' as const),
        bias: fc.boolean(),
      }),
      size: fc.integer({ min: 1, max: samples }),
      seed: fc.nat(),
    })
    .map(({ net, size, seed }) => {
      const stream = randomStream(seed, 'random net');
      const normals = (count: number) => Array.from({ length: count }, () => Math.fround(stream.normal()));
      const parameters = normals(parameterCount(net));
      return { net, parameters, inputs: Array.from({ length: size }, () => normals(net.inputs)), seed };
    })
    .filter(
      ({ net, parameters, inputs }) =>
        net.activation !== 'relu' || inputs.every((x) => plainForward(net, parameters, x).distanceToKink > 0.01),
    );
}
