import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { outputSummedRowKernel, rowKernel } from '../../src/models/rowKernel.ts';
import { outputSummedSharedKernel, sharedKernel, sharedRowGradients } from '../../src/models/sharedMap.ts';
import { normalArray, randomStream } from '../../src/randomness.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { expectNear } from './layerLaws.ts';

beforeAll(async () => void (await useBackend(backendUnderTest)));

describe('the kernel of a matrix applied at several positions', () => {
  // Few positions and wide layers: by pairs. Many positions and narrow layers: by rows.
  it.each([
    { positions: { min: 1, max: 2 }, width: { min: 10, max: 14 } },
    { positions: { min: 8, max: 12 }, width: { min: 1, max: 4 } },
  ])('is the Gram of its row gradients by either route, whole and in pieces: %j', ({ positions, width }) => {
    fc.assert(
      fc.property(
        fc.record({
          samples: fc.integer({ min: 1, max: 5 }),
          positions: fc.integer(positions),
          inputs: fc.integer(width),
          out: fc.integer(width),
          outputs: fc.integer({ min: 1, max: 3 }),
          bias: fc.boolean(),
          // Numbers of a temporary tensor: from a piece for every column to no pieces at all.
          temporary: fc.constantFrom(1, 40, 200, 2 ** 25),
          seed: fc.nat(),
        }),
        ({ samples, positions, inputs, out, outputs, bias, temporary, seed }) => {
          const before = tf.memory().numTensors;
          tf.tidy(() => {
            const stream = randomStream(seed, 'map');
            const random = (rows: number, columns: number) =>
              tf.tensor2d(normalArray(stream, rows * columns), [rows, columns]);
            const map = { seen: random(samples * positions, inputs), positions, bias };
            const sensitivity = random(samples * outputs, positions * out);
            const rows = sharedRowGradients(map, sensitivity);
            expectNear([sharedKernel(map, sensitivity, outputs, temporary)], [rowKernel(rows)], 1e-5);
            expectNear(
              [outputSummedSharedKernel(map, sensitivity, outputs, temporary)],
              [outputSummedRowKernel(rows, outputs)],
              1e-5,
            );
          });
          expect(tf.memory().numTensors).toBe(before);
        },
      ),
      { numRuns: 60 },
    );
  });
});
