import * as tf from '@tensorflow/tfjs-core';
import type { LoadedBackend } from './loadedBackend.ts';

/** Plain JavaScript: always there and very slow; for checking. */
export async function loadCpu(): Promise<LoadedBackend> {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend('cpu'))) throw new Error('it did not start');
  // On its first tensor it would print an advertisement for tfjs-node.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  return { library: '@tensorflow/tfjs-backend-cpu', version, detail: 'plain JavaScript', synchronous: true };
}
