import type { BackendName } from '../src/backend/chooseBackend.ts';

/** The backend that the conformance suite is run on; undefined in the normal suite. */
const asked = process.env.ONAGER_TEST_BACKEND as BackendName | undefined;

/** The backend that tests of models, probes, optimizers and training run on. */
export const backendUnderTest: BackendName = asked ?? 'wasm';

/** The backends that reference values are checked on. */
export const backendsUnderTest: readonly BackendName[] = asked === undefined ? ['wasm', 'cpu'] : [asked];
