import { describe, expect, it } from 'vitest';
import { type CnnOptions, cnn } from '../../src/models/cnn.ts';
import { type Model, parameterDescriptions } from '../../src/models/model.ts';
import { type VisionTransformerOptions, visionTransformer } from '../../src/models/visionTransformer.ts';
import { randomStream } from '../../src/randomness.ts';

const image = { height: 28, width: 28, channels: 1 };

function parametersOf(model: Model, outputs = 10) {
  return parameterDescriptions(model.build(784, outputs, image));
}

function count(model: Model): number {
  return parametersOf(model)
    .map(({ shape }) => shape.reduce((size, length) => size * length, 1))
    .reduce((sum, size) => sum + size, 0);
}

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

const twoStrided = (channels: readonly [number, number]) => channels.map((one) => ({ channels: one, stride: 2 }));

describe('convolutional networks', () => {
  it('has the layers that its blocks say', () => {
    const described = parametersOf(cnn({ blocks: twoStrided([8, 16]), parameterization: 'standard' }));
    expect(described.map(({ name, shape }) => [name, shape])).toEqual([
      ['K1', [3, 3, 1, 8]],
      ['b1', [8]],
      ['K2', [3, 3, 8, 16]],
      ['b2', [16]],
      ['W3', [784, 10]],
      ['b3', [10]],
    ]);
    const normed = parametersOf(
      cnn({ blocks: [{ channels: 4, pool: { kind: 'max', size: 2 } }], norm: 'layer', head: 'globalAverage' }),
    );
    expect(normed.map(({ name, shape }) => [name, shape])).toEqual([
      ['K1', [3, 3, 1, 4]],
      ['gain2', [4]],
      ['shift2', [4]],
      ['W3', [4, 10]],
    ]);
    expect(count(cnn({ blocks: twoStrided([16, 16]) }))).toBe(144 + 2304 + 7840);
  });

  it.each<[string, CnnOptions, readonly [number, number, number]]>([
    ['ntk', {}, [1, 1, 1]],
    [
      'He, the last layer with gain 1',
      { parameterization: 'standard' },
      [Math.sqrt(2 / 9), Math.sqrt(2 / 288), Math.sqrt(1 / 1568)],
    ],
    [
      'tanh, scaled',
      { parameterization: 'standard', activation: 'tanh', initialScale: 3 },
      [1, Math.sqrt(9 / 288), Math.sqrt(9 / 1568)],
    ],
  ])('%s: deviations of the initial weights', (_, options, expected) => {
    const weights = parametersOf(cnn({ blocks: twoStrided([32, 32]), ...options })).filter(
      ({ name }) => !name.startsWith('b'),
    );
    weights.forEach((weight, index) => {
      const found = deviation(weight.initialise(randomStream(0, 'parameters', weight.name)));
      // 288 numbers or more: the deviation of the deviation is 4 percent.
      expect(Math.abs(found / expected[index]! - 1)).toBeLessThan(0.15);
    });
  });

  it.each<[unknown, string]>([
    [{ blocks: [] }, 'blocks'],
    [{ blocks: [{ channels: 0 }] }, 'blocks.0.channels = 0'],
    [{ blocks: [{ channels: 2, padding: 'full' }] }, 'blocks.0.padding = "full"'],
    [{ norm: 'group' }, 'norm = "group"'],
    [{ gain: 2, parameterization: 'standard' }, 'gain = 2'],
    [{ gain: 2, norm: 'layer' }, 'gain = 2'],
  ])('%j is refused by name', (options, named) => {
    expect(() => cnn(options as CnnOptions)).toThrow(RangeError);
    expect(() => cnn(options as CnnOptions)).toThrow(named);
  });

  it('refuses tasks without images, and images too small for its blocks', () => {
    expect(() => cnn().build(20, 1)).toThrow('cnn: the task has 20 inputs that are no image');
    const small = { height: 2, width: 3, channels: 1 };
    expect(() => cnn({ blocks: [{ channels: 1, padding: 'valid' }] }).build(6, 1, small)).toThrow(
      'cnn: blocks.0.kernel = 3: expected at most the 2 x 3 pixels',
    );
    const pool = { kind: 'average' as const, size: 3 };
    expect(() => cnn({ blocks: [{ channels: 1, pool }] }).build(6, 1, small)).toThrow('blocks.0.pool.size = 3');
  });
});

describe('vision transformers', () => {
  it('of the paper has 19 594 parameters, each with a name and joint groups of its own', () => {
    const model = visionTransformer({ patch: 7, dimension: 32, depth: 2, heads: 4, mlpRatio: 2 });
    expect(count(model)).toBe(19_594);
    const names = parametersOf(model).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const inside = model.build(784, 10, image).layers[2]!.parameters;
    expect(inside.map(({ name, group }) => [name, group])).toEqual([
      ['gain3', '0 '],
      ['shift3', '0 '],
      ['W4', '1 '],
      ['b4', '1 '],
      ['W5', '3 '],
      ['b5', '3 '],
    ]);
  });

  it.each<[VisionTransformerOptions, string]>([
    [{ heads: 3 }, 'heads = 3: expected a divisor of dimension = 32'],
    [{ depth: 0 }, 'depth = 0'],
    [{ mlpRatio: 0.001 }, 'mlpRatio = 0.001'],
  ])('%j is refused by name', (options, named) => {
    expect(() => visionTransformer(options)).toThrow(RangeError);
    expect(() => visionTransformer(options)).toThrow(named);
  });

  it('refuses tasks without images, and patches that leave some over', () => {
    expect(() => visionTransformer().build(20, 1)).toThrow('visionTransformer: the task has 20 inputs');
    expect(() => visionTransformer({ patch: 5 }).build(784, 1, image)).toThrow(
      'patch = 5: expected a divisor of the sides of 28 x 28',
    );
  });
});
