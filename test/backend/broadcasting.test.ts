import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { someValues } from './productReference.ts';

beforeAll(async () => void (await useBackend('wasm')));

const shapes = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 5 });

function count(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** Place in a tensor of `shape` of the element at `index` of one it is broadcast to; axes of length 1 stand still. */
function place(shape: readonly number[], index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return shape.reduce((sum, length, axis) => sum * length + (length === 1 ? 0 : own[axis]!), 0);
}

function indexOf(shape: readonly number[], at: number): number[] {
  const index: number[] = [];
  let rest = at;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

describe('two operands', () => {
  const operations: readonly (readonly [string, typeof tf.add, (a: number, b: number) => number])[] = [
    ['sum', tf.add, (a, b) => a + b],
    ['difference', tf.sub, (a, b) => a - b],
    ['product', tf.mul, (a, b) => a * b],
  ];
  test.each(operations)('%s of every pair of shapes that broadcast', (_, apply, exact) => {
    fc.assert(
      fc.property(
        shapes.chain((shape) => {
          const shrunk = fc.tuple(
            fc.tuple(...shape.map((length) => fc.constantFrom(length, 1))),
            fc.nat({ max: shape.length }),
          );
          return fc.record({ shape: fc.constant(shape), left: shrunk, right: shrunk });
        }),
        ({ shape, left, right }) => {
          const [a, b] = [left, right].map(([lengths, dropped]) => (lengths as number[]).slice(dropped)) as [
            number[],
            number[],
          ];
          tf.tidy(() => {
            const x = someValues(count(a), 1);
            const y = someValues(count(b), 2);
            const found = apply(tf.tensor(x, a), tf.tensor(y, b));
            const rank = Math.max(a.length, b.length);
            const padded = (one: number[]) => [...new Array<number>(rank - one.length).fill(1), ...one];
            const [wideA, wideB] = [padded(a), padded(b)];
            const expected = wideA.map((length, axis) => (length === 1 ? wideB[axis]! : length));
            expect(found.shape).toEqual(expected);
            expect(shape.length).toBeGreaterThanOrEqual(rank);
            found.dataSync().forEach((value, at) => {
              const index = indexOf(expected, at);
              expect(value).toBe(Math.fround(exact(x[place(a, index)]!, y[place(b, index)]!)));
            });
          });
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('transpose of every order of up to six axes', () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 })
        .chain((shape) =>
          fc.tuple(fc.constant(shape), fc.shuffledSubarray([...shape.keys()], { minLength: shape.length })),
        ),
      ([shape, order]) => {
        tf.tidy(() => {
          const x = someValues(count(shape), 1);
          const found = tf.transpose(tf.tensor(x, shape), order);
          const expected = order.map((axis) => shape[axis]!);
          expect(found.shape).toEqual(expected);
          found.dataSync().forEach((value, at) => {
            const index = indexOf(expected, at);
            const from = shape.map((_, axis) => index[order.indexOf(axis)]!);
            expect(value).toBe(x[place(shape, from)]);
          });
        });
      },
    ),
    { numRuns: 150 },
  );
});

test('tile of every shape', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom(1, 1, 2, 3, 5)), {
        minLength: 1,
        maxLength: 4,
      }),
      (axes) => {
        tf.tidy(() => {
          const shape = axes.map(([length]) => length);
          const x = someValues(count(shape), 1);
          const found = tf.tile(
            tf.tensor(x, shape),
            axes.map(([, times]) => times),
          );
          const expected = axes.map(([length, times]) => length * times);
          expect(found.shape).toEqual(expected);
          found.dataSync().forEach((value, at) => {
            const index = indexOf(expected, at).map((one, axis) => one % shape[axis]!);
            expect(value).toBe(x[index.reduce((sum, one, axis) => sum * shape[axis]! + one, 0)]);
          });
        });
      },
    ),
    { numRuns: 100 },
  );
});
