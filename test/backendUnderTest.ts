import { type BackendChoice, type BackendName, useBackend } from '../src/backend/chooseBackend.ts';

/** The backend that tests of models, probes, optimizers and training run on: `wasm`, or what the conformance suite says. */
export const backendUnderTest = (process.env.ONAGER_TEST_BACKEND ?? 'wasm') as BackendName;

export function useBackendUnderTest(): Promise<BackendChoice> {
  return useBackend(backendUnderTest);
}
