// A program to be killed: `node sweepForResults.mjs FOLDER COMPILED TRAININGS` sweeps 12 runs into the folder, says so when one
// begins, and ends with the number that it did not have to run.
const [folder, compiled, trainings] = process.argv.slice(2);
const { gridCells, runVariants } = await import(compiled);

const stream = { write: () => {} };
process.stdout.write('ready\n');
const results = await runVariants(
  {
    module: trainings,
    export: 'counting',
    parameters: { delay: 60 },
    cells: gridCells({ factor: [1, 2, 3] }),
    seeds: [0, 1, 2, 3],
  },
  { workers: 2, out: folder, progress: stream },
);
process.stdout.write(
  JSON.stringify(results.map(({ reused, outcome }) => ({ reused, state: outcome.state, loss: outcome.result.loss }))),
);
