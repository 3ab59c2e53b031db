import { Observable } from 'rxjs';
import { toArrow } from '../../../sinks/arrow/toArrow.ts';
import type { ColumnDescription } from '../../../src/columns.ts';
import { Run } from '../../../src/run.ts';
import { fromArrow } from '../../../src/sources/arrow/fromArrow.ts';
import { type LossRow, trainingStepColumns } from '../../../src/step.ts';

// A program whose memory is measured: `node boundedMemory.mjs PATH ROWS write|read`. Every hundredth row has an event. Prints
// the rows, the most bytes that were resident while it went on, and the seconds it took.

const [path = '', count = '0', mode = 'write'] = process.argv.slice(2);
const rows = Number(count);
const spikes: ColumnDescription = {
  name: 'spikes',
  meaning: 'rises of the loss',
  columns: [
    { name: 'level', type: 'float64', unit: 'loss', meaning: 'the level', nullable: true },
    {
      name: 'event',
      meaning: 'a report',
      role: 'event',
      nullable: true,
      columns: [
        { name: 'kind', type: 'utf8', unit: '1', meaning: 'spike' },
        { name: 'begin', type: 'float64', unit: 'steps', meaning: 'first step' },
        { name: 'evidence', type: 'utf8', unit: '1', meaning: 'what was seen' },
      ],
    },
  ],
};

let most = 0;
const look = () => {
  most = Math.max(most, process.memoryUsage.rss());
};
const clock = setInterval(look, 20);
const begun = performance.now();

/** Holds when it is asked to, as a trainer does: a source that cannot wait would have to keep what the disk does not take. */
function made(): Observable<LossRow> {
  return new Observable((subscriber) => {
    const run = new Run('long', [...trainingStepColumns, spikes]);
    let held = 0;
    let step = 0;
    const hold = () => {
      held++;
      return () => {
        if (--held === 0) setImmediate(some);
      };
    };
    function some(): void {
      for (let i = 0; i < 4096 && step < rows && held === 0; i++, step++) {
        const event =
          step % 100 === 0
            ? { kind: 'spike', begin: step, evidence: `the loss rose at step ${step}, and came back` }
            : null;
        subscriber.next({
          ...{
            step,
            epoch: step / 100,
            time: step / 10,
            seconds: step / 1000,
            loss: 1 / (step + 1),
            learningRate: 0.1,
          },
          ...{ spikes: { level: step % 3 === 0 ? null : 1, event } },
          ...{ run, hold },
        } as LossRow);
      }
      look();
      if (step === rows) subscriber.complete();
      else if (held === 0) setImmediate(some);
    }
    some();
  });
}

let seen = 0;
let events = 0;
(mode === 'write' ? made().pipe(toArrow(path)) : fromArrow<LossRow>(path)).subscribe({
  next: (row) => {
    seen++;
    if ((row as LossRow & { spikes: { event: unknown } }).spikes.event !== null) events++;
  },
  complete: () => {
    clearInterval(clock);
    look();
    process.stdout.write(JSON.stringify({ seen, events, most, seconds: (performance.now() - begun) / 1000 }));
  },
});
