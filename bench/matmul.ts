// Matrix products on the wasm backend, before and after: tfjs's kernel against ours, in one process, interleaved, so
// that a busy machine slows both alike. `node bench/matmul.ts` (Node 22.18 or later) prints the table.
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../src/backend/chooseBackend.ts';
import type { WasmBackend } from '../src/backend/wasm/heap.ts';
import type { Arithmetic } from '../src/backend/wasm/kernels.ts';
import { replaceKernels, restoreKernels } from '../src/backend/wasm/replaceKernels.ts';
import { median } from './median.ts';

/** One product, m x k times k x n; rates in GFLOP/s, counting 2 m n k operations (also for Gram matrices). */
export interface MatMulRow {
  readonly product: string;
  readonly tfjs: number;
  /** Null where the engine does not run that arithmetic. */
  readonly plain: number | null;
  readonly relaxed: number | null;
}

type Product = readonly [m: number, k: number, n: number, transposed: '' | 'A' | 'B' | 'gram'];

// A step of 100-1024-1 and 100-512-512-1 on 128 examples, its probes, and the usual headline.
const products: readonly Product[] = [
  [128, 100, 1024, ''],
  [100, 128, 1024, 'A'],
  [128, 1024, 100, 'B'],
  [128, 1024, 128, 'gram'],
  [300, 512, 300, 'gram'],
  [128, 512, 512, ''],
  [128, 512, 512, 'B'],
  [512, 128, 512, ''],
  [512, 128, 512, 'A'],
  [512, 512, 512, ''],
  [512, 512, 512, 'A'],
  [512, 512, 512, 'B'],
  [128, 1024, 1, ''],
  [1024, 128, 1, 'A'],
  [128, 1, 1024, ''],
  [128, 512, 10, ''],
];

const ROUNDS = 15;

/** Measures every product with tfjs's kernel and with ours in both arithmetics: medians of several rounds. */
export async function benchMatMul(rounds = ROUNDS): Promise<{ rows: MatMulRow[] }> {
  await useBackend('wasm');
  const rows: MatMulRow[] = [];
  for (const product of products) rows.push(await measure(product, rounds));
  await replaceKernels(tf.backend() as unknown as WasmBackend);
  return { rows };
}

async function measure([m, k, n, transposed]: Product, rounds: number): Promise<MatMulRow> {
  const transposeA = transposed === 'A';
  const transposeB = transposed === 'B' || transposed === 'gram';
  const a = tf.randomNormal<tf.Rank.R2>(transposeA ? [k, m] : [m, k]);
  const b = transposed === 'gram' ? a : tf.randomNormal<tf.Rank.R2>(transposeB ? [n, k] : [k, n]);
  // Repeated until a sample is long enough to time: 20 million operations at the least.
  const repeats = Math.max(1, Math.ceil(1e7 / (m * n * k)));
  const sample = (): number => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) tf.matMul(a, b, transposeA, transposeB).dispose();
    return (performance.now() - start) / repeats;
  };
  const times = { tfjs: [] as number[], plain: [] as number[], relaxed: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (const which of ['tfjs', 'plain', 'relaxed'] as const) {
      if (!(await take(which))) continue;
      if (round === 0) sample();
      times[which].push(sample());
    }
  }
  a.dispose();
  if (b !== a) b.dispose();
  const rate = (samples: number[]): number => (2 * m * n * k) / (median(samples) * 1e6);
  return {
    product: `${m} x ${k} x ${n}${transposed === '' ? '' : transposed === 'gram' ? " A A'" : ` ${transposed}'`}`,
    tfjs: rate(times.tfjs),
    plain: times.plain.length === 0 ? null : rate(times.plain),
    relaxed: times.relaxed.length === 0 ? null : rate(times.relaxed),
  };
}

async function take(which: Arithmetic | 'tfjs'): Promise<boolean> {
  restoreKernels();
  if (which === 'tfjs') return true;
  return (await replaceKernels(tf.backend() as unknown as WasmBackend, [which])) === which;
}
