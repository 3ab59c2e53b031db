import { Observable } from 'rxjs';
import { toArrow } from '../../../sinks/arrow/toArrow.ts';
import type { ColumnDescription } from '../../../src/columns.ts';
import { Run } from '../../../src/run.ts';
import { type LossRow, trainingStepColumns } from '../../../src/step.ts';

// A program to be killed, or read while it writes: `node writeRuns.mjs PATH forever|append|exit|throw|slowly [ROWS]`.
// `forever` writes one run after another to the same path; `append` goes on with one from somewhere in the last third of
// what is there (ROWS at first), again and again; `slowly` writes one run of 400 rows in about a second; the others write ten rows and end
// the process at once. Each tenth row has an event, so that a run folder has two tables.

const [path = '', mode = 'forever', there = '0'] = process.argv.slice(2);

/** A folder, as its path has no ending. */
const withEvents = !path.endsWith('.arrows');
const tenths: ColumnDescription = {
  name: 'tenths',
  meaning: 'each tenth row',
  columns: [
    {
      name: 'event',
      meaning: 'a report',
      role: 'event',
      nullable: true,
      columns: [
        { name: 'kind', type: 'utf8', unit: '1', meaning: 'tenth' },
        { name: 'begin', type: 'float64', unit: 'steps', meaning: 'the step' },
      ],
    },
  ],
};

function rows(count: number, stop: (step: number) => void, first = 0, pause = 0): Observable<LossRow> {
  return new Observable((subscriber) => {
    const run = new Run('killed', withEvents ? [...trainingStepColumns, tenths] : trainingStepColumns);
    let step = first;
    function some(): void {
      for (let i = 0; i < 37 && step < count && !subscriber.closed; i++, step++) {
        const event = step % 10 === 0 ? { kind: 'tenth', begin: step } : null;
        const row = {
          ...{ step, epoch: 0, time: step / 2, seconds: 0, loss: 1 / (step + 1), learningRate: 0.1 },
          ...(withEvents ? { tenths: { event } } : {}),
          run,
        };
        subscriber.next(row);
        stop(step);
      }
      if (step < count && !subscriber.closed) pause > 0 ? setTimeout(some, pause) : setImmediate(some);
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
else if (mode === 'append') onAndOn(Number(there));
else if (mode === 'slowly')
  rows(400, () => {}, 0, 80)
    .pipe(toArrow(path, { batchRows: 16, flushEvery: 5, syncEvery: 20 }))
    .subscribe();
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
