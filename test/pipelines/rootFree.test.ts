import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RootFreeOptions } from '../../pipelines/rootFree/rootFreeOptions.ts';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { smallRun as run } from './rootFreeSmall.ts';

beforeAll(async () => void (await useBackend('wasm')));

describe('root-free, transformer', () => {
  it('root-free RMSProp begins as gradient descent and adapts; what has no denominators has no gauge', async () => {
    const { numbers, text } = await run({ setting: 'transformer', steps: 30, beta2: 0.3 });
    expect(numbers.get('gauge.end.step')).toBe(30);
    expect(numbers.get('gauge.end.spread')!).toBeGreaterThan(3 * numbers.get('gauge.middle.spread')! ** 0.5);
    expect(numbers.has('gauge.end.layers.K1.p10')).toBe(true);
    expect(text).toContain('gauge at 30');
    expect(numbers.get('testAccuracy')).toBeGreaterThanOrEqual(0);
    const plain = await run({ setting: 'transformer', steps: 3, optimizer: 'sgd' });
    expect(plain.result.gauge).toBeUndefined();
  });
});

describe('root-free, invariance', () => {
  it('rescaled in all three the run is the same on ten times and on the summed loss; the factor alone is not enough', async () => {
    const before = tf.memory().numTensors;
    const { numbers } = await run({ setting: 'invariance', steps: 25 });
    expect(numbers.get('timesTen')).toBeLessThan(1e-6);
    expect(numbers.get('summed')).toBe(0);
    expect(numbers.get('factorAlone')).toBeGreaterThan(1e-3);
    // Divided by squares of gradients alone, the first steps are long; they may end in no number at all.
    expect(numbers.get('fromZero')).not.toBeLessThan(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('root-free from a checkpoint', () => {
  it.each([
    ['low-precision', { steps: 9 }],
    ['transformer', { steps: 8, optimizer: 'rmsprop' }],
    ['invariance', { steps: 8 }],
  ] as const)('%s: tells the whole run, as if it had never stopped', async (setting, options) => {
    const kept: Checkpoint[] = [];
    const checkpoints = {
      every: 4,
      put: async (checkpoint: Checkpoint) => void kept.push(structuredClone(checkpoint)),
    };
    const whole = await run({ setting, ...options }, { training: () => ({ checkpoints }) });
    expect(kept[0]!.step).toBe(4);
    const resumed = await run({ setting, ...options }, { training: () => ({ resume: kept[0]! }) });
    const { seconds: _whole, ...expected } = whole.result;
    const { seconds: _resumed, ...found } = resumed.result;
    expect(found).toEqual(expected);
  });
});

describe('root-free refuses', () => {
  it.each<[RootFreeOptions, string]>([
    [{ batchSize: 97 }, 'batchSize = 97: expected at most the 96 images'],
    [{ setting: 'transformer', optimizer: 'shampoo' }, 'optimizer = shampoo: expected one of sgd, adamw'],
    [{ setting: 'cnn', precision: 'bfloat16' }, 'precision = bfloat16: expected none with rf-rmsprop'],
    [{ setting: 'cnn', optimizer: 'sgd', initial: 0 }, 'initial = 0: expected none with sgd'],
    [{ setting: 'cnn', optimizer: 'sgd', beta2: 0.1 }, 'beta2 = 0.1: expected none with sgd'],
    [{ learningRate: 1 }, 'learningRate = 1: expected none but with transformer and cnn'],
    [{ setting: 'cnn', guard: false }, 'guard = false: expected true but with shampoo'],
    [{ setting: 'cnn', optimizer: 'adamw', momentum: 0 }, 'momentum = 0: expected 0.9 but with'],
    [{ setting: 'cnn', optimizer: 'sgd', relativeDamping: true }, 'relativeDamping = true: expected false but with'],
    [{ setting: 'invariance', optimizer: 'sgd' }, 'optimizer = sgd: expected rf-rmsprop'],
    [{ setting: 'transformer', norm: 'none' }, 'norm = none: expected batch'],
    [{ data: '/nowhere' }, "data = '/nowhere': no such folder: expected train-images-idx3-ubyte"],
  ])('%j', async (options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});
