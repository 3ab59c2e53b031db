import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import type { ResultNumbers } from '../../src/sweep/resultNumbers.ts';
import { smallRun as run } from './rootFreeSmall.ts';

beforeAll(async () => void (await useBackend('wasm')));

/** Off by more than ten times its size, or no number at all. */
const broken = (numbers: ResultNumbers, path: string) => !(numbers.get(path)! < 10);

describe('root-free, low-precision', () => {
  it('Newton in bfloat16 breaks down from 1e-4 on; stopped in time, in float32 and without inverse it does not', async () => {
    const before = tf.memory().numTensors;
    const { numbers, text } = await run({ steps: 24 });
    expect(numbers.get('gradients')).toBe(24);
    expect(numbers.get('order')).toBe(144);
    expect(numbers.get('negativeEigenvalues')).toBeGreaterThan(0);
    for (const damping of ['1e-2', '1e-3']) expect(numbers.get(`errors.newtonBfloat16.${damping}`)).toBeLessThan(0.1);
    for (const damping of ['1e-4', '1e-6', '1e-8', '0'])
      expect(broken(numbers, `errors.newtonBfloat16.${damping}`), damping).toBe(true);
    for (const damping of ['1e-2', '1e-4', '1e-8']) {
      expect(numbers.get(`errors.guardedBfloat16.${damping}`)).toBeLessThan(0.3);
      expect(numbers.get(`errors.newtonFloat32.${damping}`)).toBeLessThan(1e-3);
      expect(numbers.get(`errors.inverseFree.${damping}`)).toBeLessThan(0.15);
    }
    expect(text).toMatch(/1e-4 .*\n/);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('so Shampoo with such roots ends in NaN within a few updates, and inverse-free Shampoo trains as in float32', async () => {
    const cnn = { setting: 'cnn', steps: 8, interval: 1, damping: 1e-8 } as const;
    const low = { ...cnn, precision: 'bfloat16' } as const;
    const roots = await run({ ...low, optimizer: 'shampoo', guard: false });
    expect(roots.result).toMatchObject({ failed: 1, testAccuracy: Number.NaN });
    expect(roots.result.failedAt).toBeLessThanOrEqual(6);
    expect(roots.text).toContain('failed');
    const [bfloat16, float32] = [
      await run({ ...low, optimizer: 'inverse-free-shampoo' }),
      await run({ ...cnn, optimizer: 'inverse-free-shampoo' }),
    ];
    expect([bfloat16.result.failed, float32.result.failed]).toEqual([0, 0]);
    expect(Math.abs(bfloat16.numbers.get('trainLoss')! - float32.numbers.get('trainLoss')!)).toBeLessThan(0.005);
  });
});
