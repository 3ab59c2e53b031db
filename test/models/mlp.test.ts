import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MlpOptions, mlp } from '../../src/models/mlp.ts';
import { parameterDescriptions } from '../../src/models/model.ts';
import { randomStream } from '../../src/randomness.ts';
import { erf } from './plainMlp.ts';

/** Initial values of every parameter of a seed, by name. */
function initial(options: MlpOptions, inputs: number, outputs: number, seed = 0): Record<string, Float32Array> {
  return Object.fromEntries(
    parameterDescriptions(mlp(options).build(inputs, outputs)).map((parameter) => [
      parameter.name,
      parameter.initialise(randomStream(seed, 'parameters', parameter.name)),
    ]),
  );
}

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

describe('the multilayer perceptron', () => {
  it('has the layers that its widths say, biases only where asked for or standard', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
        fc.constantFrom('ntk' as const, 'standard' as const),
        fc.option(fc.boolean(), { nil: undefined }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (widths, parameterization, bias, inputs, outputs) => {
          const model = mlp({ widths, parameterization, ...(bias === undefined ? {} : { bias }) });
          const sizes = [inputs, ...widths, outputs];
          const expected = sizes
            .slice(1)
            .flatMap((size, index) => [
              { name: `W${index + 1}`, shape: [sizes[index]!, size] },
              ...((bias ?? parameterization === 'standard') ? [{ name: `b${index + 1}`, shape: [size] }] : []),
            ]);
          expect(parameterDescriptions(model.build(inputs, outputs))).toMatchObject(expected);
        },
      ),
    );
  });

  it.each<[string, MlpOptions, number, number]>([
    ['ntk', { parameterization: 'ntk' }, 1, 1],
    ['ntk, scaled', { parameterization: 'ntk', initialScale: 0.4 }, 0.4, 0.4],
    ['standard relu', { parameterization: 'standard' }, Math.sqrt(2 / 100), Math.sqrt(1 / 200)],
    ['standard tanh', { parameterization: 'standard', activation: 'tanh' }, Math.sqrt(1 / 100), Math.sqrt(1 / 200)],
    [
      'standard erf, scaled',
      { parameterization: 'standard', activation: 'erf', initialScale: 3 },
      0.3,
      3 / Math.sqrt(200),
    ],
  ])('%s: deviations of the initial weights, and biases of 0', (_, options, first, last) => {
    const { W1, W2, b1 } = initial({ widths: [200], ...options }, 100, 100);
    // 20 000 numbers: the deviation of the deviation is half a percent.
    expect(Math.abs(deviation(W1!) / first - 1)).toBeLessThan(0.02);
    expect(Math.abs(deviation(W2!) / last - 1)).toBeLessThan(0.02);
    if (b1 !== undefined) expect(b1.every((value) => value === 0)).toBe(true);
  });

  it('a last layer of 0 or of its usual size, biases on the hidden layers only', () => {
    const scaled: MlpOptions = { widths: [200], parameterization: 'standard', initialScale: 10 };
    const unscaled = initial({ ...scaled, lastLayer: 'unscaled' }, 100, 100);
    expect(Math.abs(deviation(unscaled.W1!) / (10 * Math.sqrt(2 / 100)) - 1)).toBeLessThan(0.02);
    expect(Math.abs(deviation(unscaled.W2!) * Math.sqrt(200) - 1)).toBeLessThan(0.02);
    const zero = initial({ widths: [20], parameterization: 'standard', bias: 'hidden', lastLayer: 'zero' }, 10, 4);
    expect(Object.keys(zero)).toEqual(['W1', 'b1', 'W2']);
    expect(zero.W2!.every((value) => value === 0)).toBe(true);
    expect(deviation(zero.W1!)).toBeGreaterThan(0.1);
  });

  it('initial values of a parameter do not depend on the other layers', () => {
    const shallow = initial({ widths: [7] }, 5, 1, 3);
    const deep = initial({ widths: [7, 6, 5] }, 5, 1, 3);
    expect(deep.W1).toEqual(shallow.W1);
    expect(deep.W2!.subarray(0, 7)).not.toEqual(deep.W1!.subarray(0, 7));
    expect(initial({ widths: [7] }, 5, 1, 4).W1).not.toEqual(shallow.W1);
  });

  it.each<[unknown, string]>([
    [{ widths: [0] }, 'widths.0 = 0'],
    [{ widths: [1.5] }, 'widths.0 = 1.5'],
    [{ activation: 'gelu' }, 'activation = "gelu"'],
    [{ parameterization: 'mup' }, 'parameterization = "mup"'],
    [{ gain: 0 }, 'gain = 0'],
    [{ gain: 2, activation: 'tanh' }, 'gain = 2'],
    [{ gain: 2, parameterization: 'standard' }, 'gain = 2'],
    [{ gain: 2, bias: true }, 'gain = 2'],
    [{ initialScale: -1 }, 'initialScale = -1'],
    [{ width: 3 }, 'width'],
  ])('%j is refused by name', (options, named) => {
    expect(() => mlp(options as MlpOptions)).toThrow(RangeError);
    expect(() => mlp(options as MlpOptions)).toThrow(named);
  });

  it('the plain erf of these tests is right', () => {
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 14);
    expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 14);
    expect(erf(5)).toBeCloseTo(0.9999999999984626, 14);
  });
});
