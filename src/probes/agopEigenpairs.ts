import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import { symmetricOperator } from '../linalg/symmetricOperator.ts';
import { topEigenpairs, type WarmEigenpairs } from '../linalg/topEigenpairs.ts';
import type { Eigenpairs } from '../probe.ts';
import { agop, gramOfGradients, inputGradients, named } from './agop.ts';
import { read } from './read.ts';
import { leading } from './tangentKernelEigenpairs.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * The largest eigenpairs of the AGOP, of all outputs together or of one, residual-checked and warm-started. With fewer
 * input gradients than inputs they come from the Gram matrix J J^T: G = J^T J / n has its eigenvalues over n, and
 * v = J^T u / |J^T u|.
 */
export function agopEigenpairs(lens: WorkingLens, rank: number, output?: number): Eventual<Eigenpairs> {
  const { dimension } = lens.samples;
  const wanted = Math.min(rank, dimension);
  return lens.once(named(`agopEigenpairs ${wanted}`, output), () => {
    const rows = inputGradients(lens, output);
    if (rows.shape[0] >= dimension || rows.shape[0] < wanted) return explicit(lens, wanted, output);
    return whenReady(read(gramOfGradients(lens, output)), (values) => {
      const order = rows.shape[0];
      const pairs = solve(lens, 'agop by the Gram matrix', { order, values }, wanted, output);
      const least = pairs.values.at(-1)! / pairs.values[0]!;
      // Where J has less than the wanted rank, to rounding, the Gram matrix says nothing of the directions left.
      if (!(least > 1e-6)) return explicit(lens, wanted, output);
      return whenReady(inInputs(pairs, rows), (vectors) => ({
        order: dimension,
        values: pairs.values.map((value) => value / lens.size),
        vectors,
        // |J^T r| / (n |J^T u|) over lambda_1, at most.
        residual: pairs.residual / Math.sqrt(least),
      }));
    });
  });
}

function explicit(lens: WorkingLens, rank: number, output: number | undefined): Eventual<Eigenpairs> {
  return whenReady(agop(lens, output), (matrix) => leading(solve(lens, 'agop', matrix, rank, output), rank));
}

function solve(
  lens: WorkingLens,
  route: string,
  matrix: Parameters<typeof symmetricOperator>[0],
  rank: number,
  output: number | undefined,
): WarmEigenpairs {
  const { starts } = lens.memory;
  const name = named(route, output);
  const pairs = topEigenpairs(symmetricOperator(matrix), matrix.order, rank, { start: starts[name] });
  if (Number.isFinite(pairs.residual)) starts[name] = pairs.start;
  return pairs;
}

/** Unit vectors J^T u, as rows. */
function inInputs({ values, vectors, order }: WarmEigenpairs, rows: tf.Tensor2D): Eventual<Float64Array> {
  const moved = tf.tidy(() => tf.matMul(tf.tensor2d(Float32Array.from(vectors), [values.length, order]), rows));
  return whenReady(read(moved), (found) => {
    moved.dispose();
    const width = found.length / values.length;
    const rowsOfUnitLength = Float64Array.from(found);
    for (let k = 0; k < values.length; k++) {
      const row = rowsOfUnitLength.subarray(k * width, (k + 1) * width);
      const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      row.forEach((value, index) => {
        row[index] = value / length;
      });
    }
    return rowsOfUnitLength;
  });
}
