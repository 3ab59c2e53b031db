import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BackendUnavailableError } from '../../src/backend/backendUnavailableError.ts';
import { type BackendName, useBackend } from '../../src/backend/chooseBackend.ts';
import { importOptional } from '../../src/backend/optionalPackage.ts';
import { quietly } from '../../src/backend/quietly.ts';
import { supplyRemovedUtil } from '../../src/backend/removedUtil.ts';

const require = createRequire(import.meta.url);
const installed = (name: string): boolean => {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
};

afterEach(() => vi.restoreAllMocks());

describe('useBackend', () => {
  test('auto takes the first that runs and says in one line why not the others', async () => {
    const printed = vi.spyOn(process.stdout, 'write');
    const choice = await useBackend();
    expect(tf.getBackend()).toBe(choice.name);
    expect(choice.description).toMatch(new RegExp(`^${choice.name} \\(${choice.library} ${choice.version}`));
    expect(choice.description).not.toContain('\n');
    for (const { name, reason } of choice.passedOver) {
      expect(choice.description).toContain(`${name} (${reason})`);
    }
    expect(tf.tidy(() => tf.add(1, 2).shape)).toEqual([]);
    expect(printed).not.toHaveBeenCalled();
  });

  test('is the same choice ever after, also for concurrent callers', async () => {
    const first = await useBackend();
    const choices = await Promise.all([useBackend(), useBackend('auto'), useBackend(first.name)]);
    for (const choice of choices) expect(choice).toBe(first);
  });

  test('another name switches, and tensors come along', async () => {
    await useBackend('wasm');
    const x = tf.tensor1d([1, 2]);
    const choice = await useBackend('cpu');
    expect(choice).toMatchObject({ name: 'cpu', passedOver: [], synchronous: true });
    expect(tf.getBackend()).toBe('cpu');
    expect([...tf.tidy(() => tf.add(x, x)).dataSync()]).toEqual([2, 4]);
    await useBackend('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect([...tf.tidy(() => tf.tanh(x)).dataSync()][0]).toBeCloseTo(Math.tanh(1), 6);
    x.dispose();
  });

  test('two callers who want different ones are served in turn', async () => {
    const [one, other] = await Promise.all([useBackend('cpu'), useBackend('wasm')]);
    expect([one.name, other.name, tf.getBackend()]).toEqual(['cpu', 'wasm', 'wasm']);
  });

  test('mends a backend changed behind its back', async () => {
    await useBackend('wasm');
    await tf.setBackend('cpu');
    await useBackend('wasm');
    expect(tf.getBackend()).toBe('wasm');
  });

  test('an unknown name is an error that lists the known ones', async () => {
    await expect(useBackend('cuda' as BackendName)).rejects.toThrow(
      new RangeError('unknown backend "cuda"; the backends are auto, tensorflow, webgpu, wasm, cpu'),
    );
  });

  test.skipIf(installed('webgpu'))(
    'one that cannot run is an error of one line, and the active one stays',
    async () => {
      await useBackend('wasm');
      const error = await useBackend('webgpu').catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(BackendUnavailableError);
      expect(error).toMatchObject({ backend: 'webgpu', reason: 'webgpu is not installed' });
      expect((error as Error).message).toMatch(/^backend "webgpu" is not available: .*install .*$/);
      expect(tf.getBackend()).toBe('wasm');
      expect((await useBackend()).name).toBe('wasm');
    },
  );
});

describe('importOptional', () => {
  test('says plainly that a package is not installed', async () => {
    await expect(importOptional('no-such-package-of-any-kind')).rejects.toThrow(
      'no-such-package-of-any-kind is not installed',
    );
  });

  test('gives the exports of ES modules and of CommonJS alike', async () => {
    expect(await importOptional('rxjs')).toHaveProperty('Observable');
    expect(await importOptional('@tensorflow/tfjs-core')).toHaveProperty('matMul');
  });
});

test('quietly lets our own messages pass, and puts the console back', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const before = console.warn;
  await expect(
    quietly(async () => {
      console.warn('ours');
      // tfjs warns when a kernel is registered twice.
      tf.registerKernel(tf.getKernelsForBackend('wasm')[0]!);
      throw new Error('and fails');
    }),
  ).rejects.toThrow('and fails');
  expect(warn.mock.calls).toEqual([['ours']]);
  expect(console.warn).toBe(before);
});

test('supplyRemovedUtil puts back what tfjs-node needs, where CommonJS sees it', () => {
  const util = require('node:util') as Record<string, unknown>;
  const kept = { isNullOrUndefined: util.isNullOrUndefined, isArray: util.isArray };
  delete util.isNullOrUndefined;
  delete util.isArray;
  try {
    supplyRemovedUtil();
    const again = require('node:util') as { isNullOrUndefined(x: unknown): boolean; isArray(x: unknown): boolean };
    expect([null, undefined, 0, ''].map((x) => again.isNullOrUndefined(x))).toEqual([true, true, false, false]);
    expect([again.isArray([]), again.isArray({})]).toEqual([true, false]);
  } finally {
    Object.assign(util, kept);
  }
});
