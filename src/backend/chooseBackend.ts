import * as tf from '@tensorflow/tfjs-core';
import { BackendUnavailableError } from './backendUnavailableError.ts';
import { loadCpu } from './cpuBackend.ts';
import type { LoadedBackend } from './loadedBackend.ts';
import { quietly } from './quietly.ts';
import { loadTensorflow } from './tensorflowBackend.ts';
import { loadWasm } from './wasmBackend.ts';
import { loadWebgpu } from './webgpuBackend.ts';

/** The backends in the order `auto` tries them. */
export const backendNames = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof backendNames)[number];

/** Which backend computes, and why that one. */
export interface BackendChoice {
  readonly name: BackendName;
  /** The npm package it came from. */
  readonly library: string;
  readonly version: string;
  /** Which of its arithmetics, in words: numbers are the same bit for bit only where this is the same as well. */
  readonly detail: string;
  /** One line: what was taken, and why the ones before it were not. */
  readonly description: string;
  /** The backends that were tried first and could not run; empty when this one was asked for by name. */
  readonly passedOver: readonly { readonly name: BackendName; readonly reason: string }[];
  /** Whether tensor values can be read without awaiting (`dataSync`); not so on `webgpu`. */
  readonly synchronous: boolean;
}

const loaders: Record<BackendName, { load: () => Promise<LoadedBackend>; remedy: string }> = {
  tensorflow: {
    load: loadTensorflow,
    remedy:
      'install @tensorflow/tfjs-node-gpu, or build its addon with "node node_modules/onager/scripts/buildTensorflow.mjs"',
  },
  webgpu: { load: loadWebgpu, remedy: 'install webgpu and @tensorflow/tfjs-backend-webgpu on a machine with a GPU' },
  wasm: { load: loadWasm, remedy: 'install @tensorflow/tfjs-backend-wasm' },
  cpu: { load: loadCpu, remedy: 'install @tensorflow/tfjs-backend-cpu' },
};

let current: BackendChoice | null = null;
let last: Promise<unknown> = Promise.resolve();

/**
 * Makes a TensorFlow.js backend the active one. With `auto` (or nothing) the first that runs of `tensorflow`,
 * `webgpu`, `wasm`, `cpu`; once chosen, `auto` keeps to it. Another name switches; tensors move along when next used.
 * Concurrent calls are served one after the other.
 *
 * @throws RangeError for a name that is no backend
 * @throws BackendUnavailableError when the backend asked for cannot run here
 * @throws Error when, with `auto`, none runs: a broken installation
 */
export function useBackend(name: BackendName | 'auto' = 'auto'): Promise<BackendChoice> {
  const choice = last.then(() => choose(name));
  last = choice.catch(() => undefined);
  return choice;
}

async function choose(name: BackendName | 'auto'): Promise<BackendChoice> {
  if (name !== 'auto' && !backendNames.includes(name)) {
    throw new RangeError(`unknown backend "${name}"; the backends are auto, ${backendNames.join(', ')}`);
  }
  if (current !== null && (name === 'auto' || name === current.name)) {
    if (tf.getBackend() !== current.name) await tf.setBackend(current.name);
    return current;
  }
  current = name === 'auto' ? await firstThatRuns() : await thisOne(name);
  return current;
}

async function thisOne(name: BackendName): Promise<BackendChoice> {
  const { load, remedy } = loaders[name];
  const before = tf.engine().backendName;
  try {
    return describe(name, await quietly(load), []);
  } catch (error) {
    // A backend that failed half-way must not stay the active one.
    if (before && tf.engine().backendName !== before) await tf.setBackend(before);
    throw new BackendUnavailableError(name, reasonOf(error), remedy, { cause: error });
  }
}

async function firstThatRuns(): Promise<BackendChoice> {
  const passedOver: { name: BackendName; reason: string }[] = [];
  for (const name of backendNames) {
    try {
      return describe(name, await quietly(loaders[name].load), passedOver);
    } catch (error) {
      passedOver.push({ name, reason: reasonOf(error) });
    }
  }
  const reasons = passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new Error(`no backend runs here: ${reasons}`);
}

function describe(
  name: BackendName,
  { library, version, detail, synchronous }: LoadedBackend,
  passedOver: BackendChoice['passedOver'],
): BackendChoice {
  const taken = `${name} (${library} ${version}, ${detail})`;
  const others = passedOver.map((other) => `${other.name} (${other.reason})`).join(', ');
  const description = others === '' ? taken : `${taken}; passed over ${others}`;
  return { name, library, version, detail, description, passedOver, synchronous };
}

// The first line of an error, short enough to stand in a list.
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String((error as { message?: unknown })?.message ?? error);
  const line = message.trim().split(/\s*\r?\n/, 1)[0]!;
  return line.length > 160 ? `${line.slice(0, 157)}...` : line || 'no reason given';
}
