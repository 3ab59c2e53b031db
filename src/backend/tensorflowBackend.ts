import * as tf from '@tensorflow/tfjs-core';
import type { LoadedBackend } from './loadedBackend.ts';
import { importOptional } from './optionalPackage.ts';
import { supplyRemovedUtil } from './removedUtil.ts';
import { replaceKernels } from './tensorflow/replaceKernels.ts';

const libraries = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** TensorFlow's C library, on an NVIDIA GPU if its CUDA libraries are found. */
export async function loadTensorflow(): Promise<LoadedBackend> {
  supplyRemovedUtil();
  // TensorFlow logs its search for CUDA to stderr, 20 lines a start, unless told to keep to errors.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  let failure: unknown;
  for (const library of libraries) {
    try {
      const { version } = await importOptional<{ version: Record<string, string> }>(library);
      if (tf.findBackend('tensorflow') === null) {
        throw new Error(`${library} brought its own copy of @tensorflow/tfjs-core; run npm dedupe`);
      }
      if (!(await tf.setBackend('tensorflow'))) throw new Error(`${library} did not start`);
      replaceKernels();
      const { isUsingGpuDevice } = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
      return {
        library,
        version: version['tfjs-node'] ?? version['tfjs-core'] ?? 'unknown',
        detail: isUsingGpuDevice ? 'GPU' : 'CPU',
        synchronous: true,
      };
    } catch (error) {
      // A package that is there but broken says more than one that is absent.
      if (failure === undefined || !/is not installed$/.test((error as Error).message))
        failure = plainer(error, library);
    }
  }
  if (/is not installed$/.test((failure as Error).message)) throw new Error('not installed', { cause: failure });
  throw failure;
}

// tfjs-node's own message for an install script that did not run, or could not download, is a page long.
function plainer(error: unknown, library: string): unknown {
  const { message } = error as Error;
  return /native addon module/.test(message)
    ? new Error(`${library} lacks its native addon: its install script did not run`, { cause: error })
    : error;
}
