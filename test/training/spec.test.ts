import { describe, expect, it } from 'vitest';
import { train } from '../../src/training/train.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { collected, smallSpec } from './smallRun.ts';

describe('a spec that is not usable', () => {
  it.each<[string, unknown, RegExp]>([
    ['steps', -1, /^train: steps = -1: .*>=\s?0/],
    ['steps', 1.5, /^train: steps = 1\.5: .*int/],
    ['steps', Number.NaN, /^train: steps = NaN: /],
    ['steps', undefined, /^train: steps = undefined: .*number/],
    ['batchSize', 0, /^train: batchSize = 0: .*>=\s?1/],
    ['batchSize', '5', /^train: batchSize = "5": .*number/],
    ['seed', 0.5, /^train: seed = 0\.5: .*int/],
    ['loss', 'hinge', /^train: loss = "hinge": .*square.*crossEntropy/],
    ['until', true, /^train: until = true: .*function/],
    ['learningRate', -1, /^train: learningRate = -1: expected a finite number of at least 0$/],
    ['learningRate', Number.NaN, /^train: learningRate = NaN: expected a finite number/],
    ['learningRate', Number.POSITIVE_INFINITY, /^train: learningRate = Infinity: expected a finite number/],
    ['learningRate', null, /^train: learningRate = null: expected a number, a function, a schedule or an Observable$/],
    ['learningRate', {}, /^train: learningRate = .*: expected a number, a function, a schedule or an Observable$/],
    ['task', undefined, /^train: task = undefined: expected a task/],
    ['task', {}, /^train: task = .*: expected a task/],
    ['model', null, /^train: model = null: expected a model/],
    ['optimizer', {}, /^train: optimizer = .*: expected an optimizer/],
    ['optimizer', 'adam', /^train: optimizer = .*: expected an optimizer/],
  ])('%s = %j is refused at once, in one line that names it', (field, value, message) => {
    const spec = { ...smallSpec(), [field]: value } as unknown as TrainingSpec;
    expect(() => train(spec)).toThrow(message);
    try {
      train(spec);
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
      expect(error instanceof RangeError || error instanceof TypeError).toBe(true);
    }
  });

  it('two things wrong are both named', () => {
    expect(() => train(smallSpec({ steps: -1, batchSize: 0 }))).toThrow(/steps = -1.*; train: batchSize = 0/);
  });

  it('an unknown backend is an error of the stream that names it', async () => {
    await expect(collected(train(smallSpec({ backend: 'abacus' as 'cpu' })))).rejects.toThrow('"abacus"');
  });

  it.each([{ diagonal: Float64Array.of(1, 2, 3) }, { matrix: new Float64Array(15) }, {}])(
    'an AGOP reference of another size is an error of the stream that names both: %j',
    async (reference) => {
      await expect(collected(train(smallSpec({ agopReference: { from: 'elsewhere', ...reference } })))).rejects.toThrow(
        /^train: agopReference .*4/,
      );
    },
  );
});
