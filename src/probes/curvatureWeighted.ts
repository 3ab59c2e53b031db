import type { SymmetricOperator } from '../linalg/topEigenpairs.ts';

/** B^T K B for a block-diagonal B of c x c blocks, row-major a sample; order n c. */
export function curvatureWeighted(
  kernel: SymmetricOperator,
  blocks: Float64Array,
  outputs: number,
  order: number,
): SymmetricOperator {
  return (input, output, count) => {
    const weighted = new Float64Array(count * order);
    applyBlocks(blocks, outputs, input, weighted, count * order, order, false);
    const product = new Float64Array(count * order);
    kernel(weighted, product, count);
    applyBlocks(blocks, outputs, product, output, count * order, order, true);
  };
}

function applyBlocks(
  blocks: Float64Array,
  outputs: number,
  input: Float64Array,
  output: Float64Array,
  length: number,
  order: number,
  transposed: boolean,
): void {
  for (let at = 0; at < length; at++) {
    const inVector = at % order;
    const o = inVector % outputs;
    const sample = inVector - o;
    let sum = 0;
    for (let q = 0; q < outputs; q++) {
      const entry = transposed ? (sample + q) * outputs + o : (sample + o) * outputs + q;
      sum += blocks[entry]! * input[at - o + q]!;
    }
    output[at] = sum;
  }
}
