import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { bareOptimizers, everyOptimizer } from './everyOptimizer.ts';
import { gradientsOf, initialParameters, numbersOf, referenceRun, takeStep } from './referenceRun.ts';

beforeAll(async () => void (await useBackend(backendUnderTest)));

let before = 0;
beforeEach(() => {
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(before));

const rate = 0.01;

describe.each(Object.entries(everyOptimizer))('%s', (_, optimizer) => {
  it('keeps as many tensors after any step as after the first', async () => {
    const state = optimizer.start(referenceRun);
    let parameters = await takeStep(state, initialParameters(), 0, rate);
    const kept = tf.memory().numTensors;
    for (let step = 1; step < 5; step++) {
      parameters = await takeStep(state, parameters, step, rate);
      expect(tf.memory().numTensors).toBe(kept);
    }
    tf.dispose(parameters);
    state.dispose();
  });

  it('goes on bit for bit from any step', () =>
    fc.assert(
      fc.asyncProperty(fc.nat({ max: 8 }), async (interruption) => {
        const uninterrupted = optimizer.start(referenceRun);
        let parameters = initialParameters();
        for (let step = 0; step < interruption; step++) {
          parameters = await takeStep(uninterrupted, parameters, step, rate);
        }
        // As a checkpoint has them: numbers and JSON.
        const saved = uninterrupted.tensors().map(({ name, tensor }) => ({
          name,
          shape: tensor.shape,
          values: Float32Array.from(tensor.dataSync()),
        }));
        const scalars = JSON.parse(JSON.stringify(uninterrupted.scalars()));
        const resumed = optimizer.start(referenceRun);
        const tensors = saved.map(({ name, shape, values }) => ({ name, tensor: tf.tensor(values, shape) }));
        resumed.restore(tensors, scalars);
        tf.dispose(tensors.map(({ tensor }) => tensor));
        let others = parameters.map((tensor) => tf.clone(tensor));
        for (let step = interruption; step < interruption + 4; step++) {
          parameters = await takeStep(uninterrupted, parameters, step, rate);
          others = await takeStep(resumed, others, step, rate);
          expect(numbersOf(others)).toEqual(numbersOf(parameters));
        }
        tf.dispose([...parameters, ...others]);
        uninterrupted.dispose();
        resumed.dispose();
      }),
      { numRuns: 3, examples: [[0]] },
    ));

  it('leaves the parameters where gradients are zero, when there is no decay', async () => {
    const state = optimizer.start(referenceRun);
    const parameters = initialParameters();
    const zeros = () => parameters.map((tensor) => tf.zerosLike(tensor));
    const gradients = zeros();
    const updated = await state.update({ parameters, gradients, learningRate: rate, gradientsAt: zeros });
    const decays = /"weightDecay":0\.\d/.test(JSON.stringify(optimizer.description));
    if (decays) expect(numbersOf(updated).every(Number.isFinite)).toBe(true);
    else expect(numbersOf(updated)).toEqual(numbersOf(parameters));
    tf.dispose([...updated, ...parameters, ...gradients]);
    state.dispose();
  });
});

describe.each(Object.entries(bareOptimizers))('the preconditioner of %s', (_, optimizer) => {
  it('is what the update used: w - lr P^{-1} g', async () => {
    const state = optimizer.start(referenceRun);
    let parameters = initialParameters();
    for (let step = 0; step < 5; step++) {
      const gradients = gradientsOf(parameters, [step, step + 3, step + 7, step + 9]);
      const updated = await state.update({ parameters, gradients, learningRate: rate, gradientsAt: () => [] });
      const directions = state.precondition(gradients)!;
      const expected = tf.tidy(() => parameters.map((w, index) => tf.sub(w, tf.mul(directions[index]!, rate))));
      expect(numbersOf(updated)).toEqual(numbersOf(expected));
      tf.dispose([...directions, ...expected, ...gradients, ...parameters]);
      parameters = updated;
    }
    tf.dispose(parameters);
    state.dispose();
  });

  it('is symmetric and positive, and asking changes nothing', async () => {
    const state = optimizer.start(referenceRun);
    const parameters = await takeStep(state, await takeStep(state, initialParameters(), 0, rate), 1, rate);
    const [one, other] = [gradientsOf(parameters, [0, 1]), gradientsOf(parameters, [5, 6])];
    const [ofOne, ofOther] = [state.precondition(one)!, state.precondition(other)!];
    const inner = (left: tf.Tensor[], right: tf.Tensor[]) => {
      const values = numbersOf(right);
      return numbersOf(left).reduce((sum, value, index) => sum + value * values[index]!, 0);
    };
    const scale = Math.sqrt(inner(one, ofOne) * inner(other, ofOther));
    expect(inner(one, ofOne)).toBeGreaterThan(0);
    // Products of matrices rounded to bfloat16 are symmetric to that precision only.
    const tolerance = JSON.stringify(optimizer.description).includes('bfloat16') ? 0.02 : 1e-5;
    expect(Math.abs(inner(one, ofOther) - inner(other, ofOne))).toBeLessThan(tolerance * scale);
    const again = state.precondition(one)!;
    expect(numbersOf(again)).toEqual(numbersOf(ofOne));
    tf.dispose([...parameters, ...one, ...other, ...ofOne, ...ofOther, ...again]);
    state.dispose();
  });
});

describe('before the first update', () => {
  const at = (name: string) => {
    const state = bareOptimizers[name]!.start(referenceRun);
    const directions = initialParameters();
    const result = state.precondition(directions);
    const same =
      result === null ? null : numbersOf(result).map((value, index) => value / numbersOf(directions)[index]!);
    tf.dispose([...directions, ...(result ?? [])]);
    state.dispose();
    return same;
  };
  it.each(['adagrad', 'adadelta', 'rmsprop', 'adam', 'shampoo'])('%s has no preconditioner', (name) => {
    expect(at(name)).toBeNull();
  });
  it.each(['gradient descent', 'rootFreeRmsprop', 'rootFreeAdamW', 'inverseFreeShampoo'])('that of %s is I', (name) => {
    for (const quotient of at(name)!.filter(Number.isFinite)) expect(quotient).toBeCloseTo(1, 5);
  });
});

describe('a state that does not fit is refused by name', () => {
  it.each([
    ['a missing tensor', ['b1', 'W2', 'b2'], { steps: 1 }, /momentum\/W1 is missing: expected shape \[3,4\]/],
    ['a wrong shape', ['b1', 'b1', 'W2', 'b2'], { steps: 1 }, /momentum\/W1 has shape \[4\]: expected shape \[3,4\]/],
    ['scalars', ['W1', 'b1', 'W2', 'b2'], { steps: -1 }, /scalars = {"steps":-1}: expected the number of steps/],
  ])('%s', (_, order, scalars, message) => {
    const state = everyOptimizer['heavy ball']!.start(referenceRun);
    const tensors = new Map(state.tensors().map(({ name, tensor }) => [name, tensor]));
    const names = ['W1', 'b1', 'W2', 'b2'].slice(-order.length);
    const saved = order.map((from, index) => ({
      name: `momentum/${names[index]}`,
      tensor: tensors.get(`momentum/${from}`)!,
    }));
    expect(() => state.restore(saved, scalars)).toThrow(message);
    state.dispose();
  });
});
