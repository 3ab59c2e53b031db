// One training at many learning rates and seeds, over worker threads. A thread loads this module again to find `trained`.

import { isMainThread } from 'node:worker_threads';
import { lowRankRegression, mlp, type TrainingSpec } from 'onager';
import { cellStatistics, compareCells, comparisonTable, gridCells, runVariants, variantsTable } from 'onager/sweep';

/** What a job runs: its parameters are plain data, and the functions of the spec are made in the thread. */
export function trained({ learningRate, seed }: { learningRate: number; seed: number }): TrainingSpec {
  return {
    task: lowRankRegression({ target: 'r2', dimension: 10, samples: 60 }),
    model: mlp({ widths: [64] }),
    learningRate,
    steps: 60,
    seed,
    backend: 'wasm',
  };
}

if (isMainThread) {
  const results = await runVariants(
    { module: import.meta.url, export: 'trained', cells: gridCells({ learningRate: [0.5, 1, 2] }), seeds: [0, 1, 2] },
    { workers: 2, progress: process.stderr },
  );
  console.log(variantsTable(cellStatistics(results), { show: ['loss', 'time'] }));
  console.log(comparisonTable(compareCells(results, { learningRate: 1 }), { show: ['loss'] }));
}
