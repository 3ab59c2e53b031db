import * as tf from '@tensorflow/tfjs-core';
import { type BackendChoice, type BackendName, backendNames, useBackend } from './chooseBackend.ts';

/** A backend that runs here, with what it is capable of. */
export interface AvailableBackend extends Pick<BackendChoice, 'library' | 'version' | 'detail'> {
  readonly name: BackendName;
  readonly available: true;
  /** GFLOP/s of a 512 x 512 product with one of the same size: plain, A^T B and A B^T. */
  readonly product: number;
  readonly transposedLeft: number;
  readonly transposedRight: number;
  /** Microseconds that an addition of two numbers takes: what every operation costs at least. */
  readonly smallOperation: number;
}

export interface MissingBackend {
  readonly name: BackendName;
  readonly available: false;
  readonly reason: string;
}

export interface BackendSurvey {
  readonly backends: readonly (AvailableBackend | MissingBackend)[];
  /** The one that `auto` takes. */
  readonly auto: BackendName;
}

const order = 512;
const smallOperations = 500;

/**
 * Tries every backend and measures those that run; the one that `auto` would take is active afterwards. Rates are
 * medians of three or more, of a machine as busy as it is.
 */
export async function surveyBackends(): Promise<BackendSurvey> {
  const backends: (AvailableBackend | MissingBackend)[] = [];
  for (const name of backendNames) backends.push(await survey(name));
  const first = backends.find(({ available }) => available);
  if (first === undefined) throw new Error('no backend runs here: expected at least cpu');
  await useBackend(first.name);
  return { backends, auto: first.name };
}

async function survey(name: BackendName): Promise<AvailableBackend | MissingBackend> {
  let choice: BackendChoice;
  try {
    choice = await useBackend(name);
  } catch (error) {
    return { name, available: false, reason: reasonOf(error) };
  }
  const a = tf.randomNormal<tf.Rank.R2>([order, order]);
  const b = tf.randomNormal<tf.Rank.R2>([order, order]);
  const product = async (left: boolean, right: boolean) =>
    (2 * order ** 3) / (await medianTime(() => tf.matMul(a, b, left, right))) / 1e6;
  try {
    return {
      name,
      available: true,
      library: choice.library,
      version: choice.version,
      detail: choice.detail,
      product: await product(false, false),
      transposedLeft: await product(true, false),
      transposedRight: await product(false, true),
      smallOperation: (1000 * (await medianTime(additions))) / smallOperations,
    };
  } finally {
    tf.dispose([a, b]);
  }
}

function additions(): tf.Tensor {
  return tf.tidy(() => {
    const one = tf.scalar(1);
    let sum: tf.Tensor = one;
    for (let index = 0; index < smallOperations; index++) sum = tf.add(sum, one);
    return sum;
  });
}

/** Milliseconds until the result can be read: five times, or three where they take long. */
async function medianTime(compute: () => tf.Tensor): Promise<number> {
  const once = async (): Promise<number> => {
    const start = performance.now();
    const result = compute();
    await result.data();
    result.dispose();
    return performance.now() - start;
  };
  const slow = (await once()) > 200;
  const times: number[] = [];
  for (let round = 0; round < (slow ? 3 : 5); round++) times.push(await once());
  return times.sort((one, other) => one - other)[times.length >> 1]!;
}

/** Without the advice that an error gives to somebody who asked for this backend. */
function reasonOf(error: unknown): string {
  const { reason, message } = error as { reason?: string; message: string };
  return reason ?? message.split('\n', 1)[0]!;
}
