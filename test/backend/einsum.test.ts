import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { someValues } from './productReference.ts';

beforeAll(async () => void (await useBackend('wasm')));

const labels = ['a', 'b', 'c', 'd'];
const term = fc.shuffledSubarray(labels, { minLength: 1, maxLength: 4 });
const sizes = fc.tuple(...labels.map(() => fc.integer({ min: 1, max: 4 })));

/** The sum by its definition: over every value of every label. */
function reference(terms: string[][], output: string[], size: Map<string, number>, values: Float32Array[]): number[] {
  const offset = (axes: string[], at: Map<string, number>) =>
    axes.reduce((sum, label) => sum * size.get(label)! + at.get(label)!, 0);
  const used = [...new Set(terms.flat())];
  const result = new Array<number>(output.reduce((count, label) => count * size.get(label)!, 1)).fill(0);
  const at = new Map<string, number>();
  const walk = (index: number): void => {
    const label = used[index];
    if (label === undefined) {
      result[offset(output, at)]! += terms.reduce((value, axes, i) => value * values[i]![offset(axes, at)]!, 1);
      return;
    }
    for (let value = 0; value < size.get(label)!; value++) {
      at.set(label, value);
      walk(index + 1);
    }
  };
  walk(0);
  return result;
}

test('einsum of one and of two operands is the sum it says', () => {
  fc.assert(
    fc.property(
      fc.array(term, { minLength: 1, maxLength: 2 }).chain((terms) =>
        fc.record({
          terms: fc.constant(terms),
          output: fc.shuffledSubarray([...new Set(terms.flat())]),
          lengths: sizes,
        }),
      ),
      ({ terms, output, lengths }) => {
        const size = new Map(labels.map((label, index) => [label, lengths[index]!]));
        const shapes = terms.map((axes) => axes.map((label) => size.get(label)!));
        const values = shapes.map((shape, index) =>
          someValues(
            shape.reduce((count, length) => count * length, 1),
            index,
          ),
        );
        const before = tf.memory();
        tf.tidy(() => {
          const equation = `${terms.map((axes) => axes.join('')).join(',')}->${output.join('')}`;
          const found = tf.einsum(equation, ...values.map((one, index) => tf.tensor(one, shapes[index]!)));
          expect(found.shape).toEqual(output.map((label) => size.get(label)!));
          const expected = reference(terms, output, size, values);
          found.dataSync().forEach((value, index) => {
            expect(Math.abs(value - expected[index]!), equation).toBeLessThan(2e-5);
          });
        });
        expect(tf.memory().numTensors).toBe(before.numTensors);
        expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
      },
    ),
    { numRuns: 200 },
  );
});
