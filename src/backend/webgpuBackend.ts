import * as tf from '@tensorflow/tfjs-core';
import type { LoadedBackend } from './loadedBackend.ts';
import { importOptional } from './optionalPackage.ts';

const library = '@tensorflow/tfjs-backend-webgpu';

// The parts of WebGPU used here; the full types are a package of their own.
interface Adapter {
  readonly features: ReadonlySet<string>;
  readonly limits: Record<string, number>;
  readonly info?: { readonly vendor?: string; readonly description?: string; readonly isFallbackAdapter?: boolean };
  requestDevice(descriptor: object): Promise<unknown>;
}
interface Gpu {
  requestAdapter(options: object): Promise<Adapter | null>;
}
interface Dawn {
  create(options: string[]): Gpu;
  readonly globals: object;
}
interface WebgpuPackage {
  readonly WebGPUBackend: new (device: unknown, info: unknown) => tf.KernelBackend;
  readonly version_webgpu?: string;
}

// The limits tfjs's kernels are written against; a device has only the default ones unless it asks.
const neededLimits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

/**
 * Any vendor's GPU through WebGPU: Dawn (npm `webgpu`) in Node. Values can only be read asynchronously. Dawn keeps a
 * Node process alive as long as `navigator.gpu` is there: a program that is done deletes that, or calls `process.exit`.
 */
export async function loadWebgpu(): Promise<LoadedBackend> {
  const { gpu, globals } = await findGpu();
  const { WebGPUBackend, version_webgpu } = await importOptional<WebgpuPackage>(library);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error('no GPU adapter found');
  // A GPU emulated on the processor is slower than `wasm`, but good for a test.
  if (adapter.info?.isFallbackAdapter && process.env.ONAGER_SOFTWARE_WEBGPU !== '1')
    throw new Error('only a software adapter found (ONAGER_SOFTWARE_WEBGPU=1 takes it)');
  const device = await adapter.requestDevice({
    requiredFeatures: ['timestamp-query', 'bgra8unorm-storage'].filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(neededLimits.map((limit) => [limit, adapter.limits[limit]])),
  });
  // Only now that there is a device: other libraries take a `navigator` for the sign of a browser.
  expose(gpu, globals);
  // tfjs's own start-up calls `requestAdapterInfo`, which WebGPU has since dropped: so the backend is made here.
  const info = adapter.info ?? {};
  if (tf.engine().registryFactory.webgpu) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, info), 3);
  if (!(await tf.setBackend('webgpu'))) throw new Error(`${library} did not start`);
  if (!(await multiplies())) throw new Error('its driver computes a wrong product');
  return {
    library,
    version: version_webgpu ?? tf.version_core,
    detail: info.description || info.vendor || 'GPU',
    synchronous: false,
  };
}

// Whether a product of two small matrices comes out right: drivers for GPUs that are half supported start, and compute nonsense.
async function multiplies(): Promise<boolean> {
  const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])));
  const values = await product.data();
  product.dispose();
  return [19, 22, 43, 50].every((expected, i) => Math.abs(values[i]! - expected) < 1e-2);
}

// A browser, and some runtimes, have one; in Node it is Dawn's.
async function findGpu(): Promise<{ gpu: Gpu; globals: object }> {
  const own = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (own) return { gpu: own, globals: {} };
  const { create, globals } = await importOptional<Dawn>('webgpu');
  return { gpu: create([]), globals };
}

// Where tfjs looks: `navigator.gpu`, and constants such as `GPUBufferUsage` among the globals.
function expose(gpu: Gpu, globals: object): void {
  const place = globalThis as Record<string, unknown> & { navigator?: object };
  for (const [name, value] of Object.entries(globals)) place[name] ??= value;
  // Node 20 has no `navigator`; from Node 21 on it is an object that takes properties, but cannot be replaced.
  if (place.navigator === undefined) {
    Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  } else if (!('gpu' in place.navigator)) {
    Object.defineProperty(place.navigator, 'gpu', { value: gpu, configurable: true });
  }
}
