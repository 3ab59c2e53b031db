import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { backendsUnderTest } from '../backendUnderTest.ts';
import { convolutionalNetworks, transformers } from './imageNetworks.ts';
import { checkNetworkLaws } from './layerLaws.ts';

const networks = {
  'convolutional networks': convolutionalNetworks(['relu', 'tanh', 'erf', 'gelu']),
  'vision transformers': transformers(['gelu', 'relu']),
};

describe.each(backendsUnderTest)('on %s', (backend) => {
  beforeAll(async () => void (await useBackend(backend)));

  it.each(Object.keys(networks) as (keyof typeof networks)[])(
    'the layers of %s agree with each other: backward, forward derivative, row gradients, kernel terms',
    (kind) => {
      fc.assert(
        fc.property(networks[kind], fc.integer({ min: 1, max: 4 }), fc.nat(), ({ network, options }, samples, seed) => {
          // Dividing by a small variance multiplies rounding errors.
          const normalises = kind === 'vision transformers' || ('norm' in options && options.norm === 'layer');
          checkNetworkLaws(network, samples, seed, normalises ? 1e-3 : 5e-5);
        }),
        { numRuns: 30 },
      );
    },
  );
});
