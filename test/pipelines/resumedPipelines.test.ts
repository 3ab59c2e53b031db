import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { resultOf } from './smallPipeline.ts';

describe('a pipeline that goes on from a checkpoint', () => {
  it.each([
    ['batch-size', { batchSize: 6, factor: 0.6, seed: 1 }],
    ['optimizers', { optimizer: 'adam', seed: 1 }],
    ['loss-functions', { momentum: 0.5, factor: 1.2, seed: 0 }],
    ['feedback-control', { bursts: 2, seed: 1 }],
  ])('%s: tells the whole run, as if it had never stopped', async (name, options) => {
    const kept: Checkpoint[] = [];
    const checkpoints = {
      every: 7,
      put: async (checkpoint: Checkpoint) => {
        kept.push(structuredClone(checkpoint));
      },
    };
    const { seconds: _, text: __, ...whole } = await resultOf(name, options, { training: () => ({ checkpoints }) });
    const middle = kept[Math.floor(kept.length / 2)]!;
    expect(middle.step).toBeGreaterThan(0);
    const {
      seconds: _s,
      text: _t,
      ...resumed
    } = await resultOf(name, options, { training: () => ({ resume: middle }) });
    expect(resumed).toEqual(whole);
  });
});
