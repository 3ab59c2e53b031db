import { products } from './generated/kernels.ts';
import type { SymmetricOperator } from './topEigenpairs.ts';

/** What `assembly/` exports. */
interface Products {
  multiply(matrix: number, order: number, vectors: number, results: number, count: number): void;
}

/** The WebAssembly module with its own memory, which holds one matrix at a time, then vectors, then results. */
interface Machine {
  readonly memory: WebAssembly.Memory;
  readonly products: Products;
  /** The matrix that lies in memory. */
  loaded: Float32Array | undefined;
}

let machine: Machine | undefined;

/**
 * Products of a float32 matrix with float64 vectors, in SIMD: several times a plain loop. The matrix is copied
 * when it is first used, and again if another one was used in between; it must not be changed meanwhile.
 */
export function productsOf(matrix: Float32Array, order: number): SymmetricOperator {
  return (input, output, count) => {
    machine ??= start();
    const run = machine;
    const vectors = (matrix.byteLength + 15) & ~15;
    const results = vectors + count * order * 8;
    reserve(run, results + count * order * 8);
    if (run.loaded !== matrix) {
      new Float32Array(run.memory.buffer, 0, matrix.length).set(matrix);
      run.loaded = matrix;
    }
    new Float64Array(run.memory.buffer, vectors, count * order).set(input.subarray(0, count * order));
    run.products.multiply(0, order, vectors, results, count);
    output.set(new Float64Array(run.memory.buffer, results, count * order));
  };
}

function start(): Machine {
  const bytes = Uint8Array.from(atob(products), (character) => character.charCodeAt(0));
  const memory = new WebAssembly.Memory({ initial: 16 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return { memory, products: exports as unknown as Products, loaded: undefined };
}

function reserve({ memory }: Machine, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
}
