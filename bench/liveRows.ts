import { Run } from '../src/run.ts';
import { type Row, trainingStepColumns } from '../src/step.ts';

/** The numbers that a row has beside those of every training step. */
const numbers = Array.from({ length: 10 }, (_, index) => `x${index}`);

/** Rows of sixteen numbers, as a run with a few operators has: nearly all of them need all of their digits. */
export function liveRows(count: number): Row[] {
  const run = new Run('bench', [
    ...trainingStepColumns,
    ...numbers.map((name) => ({ name, type: 'float64', unit: '1', meaning: 'a number' }) as const),
  ]);
  return Array.from({ length: count }, (_, step) => ({
    run,
    step,
    epoch: step / 100,
    time: step / 10,
    seconds: step / 1000,
    loss: Math.exp(-step / count),
    learningRate: 0.1,
    ...Object.fromEntries(numbers.map((name, index) => [name, Math.sin(step + index)])),
  }));
}

/** The fields of such a row, without what it keeps for itself. */
export const liveFields: readonly string[] = [...trainingStepColumns.map(({ name }) => name), ...numbers];
