import { Observable } from 'rxjs';
import { annotator } from '../src/operators/annotator.ts';
import type { LossRow } from '../src/step.ts';

const fieldOf = <N extends string>(name: N) =>
  annotator({
    name,
    meaning: 'a number',
    columns: [{ name: 'x', type: 'float64', unit: '1', meaning: 'a number' }],
    start: () => (row: LossRow) => ({ x: row.loss }),
  });

/** Rows per second through five annotators, each adding a group of one field. */
export function annotatedRowsPerSecond(rows = 2_000_000): number {
  const source = new Observable<LossRow>((subscriber) => {
    for (let step = 0; step < rows && !subscriber.closed; step++)
      subscriber.next({ step, loss: step, run: undefined! });
    subscriber.complete();
  });
  let sum = 0;
  const start = performance.now();
  source.pipe(fieldOf('a'), fieldOf('b'), fieldOf('c'), fieldOf('d'), fieldOf('e')).subscribe((row) => {
    sum += row.e.x;
  });
  const seconds = (performance.now() - start) / 1000;
  if (sum !== (rows * (rows - 1)) / 2) throw new Error(`rows were lost: sum ${sum}`);
  return rows / seconds;
}
