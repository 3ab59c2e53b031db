import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { mlp } from '../../src/models/mlp.ts';
import { backendUnderTest } from '../backendUnderTest.ts';
import { checkAgainstDifferences, checkNetworkLaws } from './layerLaws.ts';

beforeAll(async () => void (await useBackend(backendUnderTest)));

describe('the layers of a multilayer perceptron', () => {
  it('agree with each other: backward, forward derivative, row gradients, kernel terms', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }),
        fc.constantFrom('relu' as const, 'tanh' as const, 'erf' as const),
        fc.constantFrom('ntk' as const, 'standard' as const),
        fc.record({ inputs: fc.integer({ min: 1, max: 6 }), outputs: fc.integer({ min: 1, max: 3 }) }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(),
        (widths, activation, parameterization, { inputs, outputs }, samples, seed) => {
          const network = mlp({ widths, activation, parameterization }).build(inputs, outputs);
          checkNetworkLaws(network, samples, seed);
          expect(network.layers).toHaveLength(widths.length + 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('have the forward derivative that finite differences show', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('tanh' as const, 'erf' as const),
        fc.nat(),
        (width, activation, seed) => {
          checkAgainstDifferences(mlp({ widths: [width, 3], activation, bias: true }).build(4, 2), 3, seed);
        },
      ),
      { numRuns: 30 },
    );
  });
});
