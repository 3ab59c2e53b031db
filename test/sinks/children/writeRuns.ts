import { Observable } from 'rxjs';
import { toArrow } from '../../../sinks/arrow/toArrow.ts';
import { Run } from '../../../src/run.ts';
import { type LossRow, trainingStepColumns } from '../../../src/step.ts';

// A program to be killed: `node writeRuns.mjs PATH forever|append|exit|throw`.
// `forever` writes one run after another to the same path; `append` goes on with one from somewhere in the last third of
// what is there, again and again; the others write ten rows and end the process at once.

const [path = '', mode = 'forever'] = process.argv.slice(2);

function rows(count: number, stop: (step: number) => void, first = 0): Observable<LossRow> {
  return new Observable((subscriber) => {
    const run = new Run('killed', trainingStepColumns);
    let step = first;
    function some(): void {
      for (let i = 0; i < 37 && step < count && !subscriber.closed; i++, step++) {
        const row = { step, epoch: 0, time: step / 2, seconds: 0, loss: 1 / (step + 1), learningRate: 0.1, run };
        subscriber.next(row);
        stop(step);
      }
      if (step < count && !subscriber.closed) setImmediate(some);
      else subscriber.complete();
    }
    some();
  });
}

function again(): void {
  rows(3000, () => {})
    .pipe(toArrow(path, { batchRows: 64, flushEvery: 5, syncEvery: 20 }))
    .subscribe({ complete: again });
}

function onAndOn(there: number): void {
  const first = Math.floor(there * (1 - Math.random() / 3));
  rows(first + 700, () => {}, first)
    .pipe(toArrow(path, { batchRows: 64, flushEvery: 5, syncEvery: 20, existing: 'append' }))
    .subscribe({ complete: () => onAndOn(first + 700) });
}

process.stdout.write('ready\n');
if (mode === 'forever') again();
else if (mode === 'append') onAndOn(0);
else {
  rows(100, (step) => {
    if (step !== 9) return;
    if (mode === 'exit') process.exit(3);
    setTimeout(() => {
      throw new Error('a bug elsewhere');
    });
  })
    .pipe(toArrow(path, { flushEvery: 60_000 }))
    .subscribe();
}
