import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeBuilder, makeData, RecordBatch, RecordBatchStreamWriter, Struct, tableFromIPC } from 'apache-arrow';
import { Observable } from 'rxjs';
import { arrowSchema } from '../sinks/arrow/schema.ts';
import { toArrow } from '../sinks/arrow/toArrow.ts';
import type { ColumnDescription } from '../src/columns.ts';
import { Run } from '../src/run.ts';
import { type Row, trainingStepColumns } from '../src/step.ts';
import { median } from './median.ts';

// What is compared: rows that exist as objects, to a file of record batches of 1024 rows.
//
// 'builders' is what arrow-js offers for rows: one Builder per column, StructBuilder for groups, appended to row by row,
// flushed and written with RecordBatchStreamWriter, then put on the disk at once. That is the bare writer of our goal: it
// does the same work from the same input. 'typed arrays' writes columns that somebody has filled before the
// clock starts: it is the ceiling, not a competitor, as rows become columns in no time there.

const batchRows = 1024;
const number = (name: string, nullable = false): ColumnDescription => ({
  name,
  type: 'float64',
  unit: '1',
  meaning: 'a number',
  nullable,
});
const columns: ColumnDescription[] = [
  ...trainingStepColumns,
  {
    name: 'tangentKernel',
    meaning: 'a group',
    columns: [number('lambdaMax', true), number('critical', true), number('learningRateRatio', true)],
  },
  { name: 'eigenspace', meaning: 'a group', columns: [number('lossTop'), number('lossComplement')] },
  { name: 'agopAlignment', meaning: 'a group', columns: [number('alignment', true)] },
  {
    name: 'spikes',
    meaning: 'events',
    role: 'event',
    columns: [number('begin'), number('ratio'), { name: 'verdict', type: 'utf8', unit: '1', meaning: 'what it was' }],
  },
];

function rowsOf(count: number): Row[] {
  const run = new Run('bench', columns, { steps: count });
  return Array.from({ length: count }, (_, step) => ({
    step,
    epoch: step / 100,
    time: step * 0.1,
    seconds: step * 1e-3,
    loss: Math.exp(-step / count),
    learningRate: 0.1,
    tangentKernel: { lambdaMax: 10 + step, critical: step % 3 ? null : 0.2, learningRateRatio: 1.1 },
    eigenspace: { lossTop: 0.5, lossComplement: step * 0.5 },
    agopAlignment: { alignment: step % 10 ? null : 0.7 },
    spikes: step % 500 ? null : { begin: step, ratio: 4, verdict: 'catapult' },
    run,
  }));
}

type Measured = (rows: readonly Row[], path: string) => Promise<void> | void;

const ours: Measured = (rows, path) =>
  new Promise((resolve, reject) => {
    new Observable<Row>((subscriber) => {
      for (const row of rows) subscriber.next(row);
      subscriber.complete();
    })
      .pipe(toArrow(path))
      .subscribe({ error: reject, complete: resolve });
  });

const builders: Measured = (rows, path) => {
  const schema = arrowSchema(rows[0]!.run!);
  const writer = new RecordBatchStreamWriter();
  const columnBuilders = schema.fields.map(({ type }) => makeBuilder({ type, nullValues: [null, undefined] }));
  const names = schema.fields.map(({ name }) => name);
  for (let begin = 0; begin < rows.length; begin += batchRows) {
    const end = Math.min(begin + batchRows, rows.length);
    for (let i = begin; i < end; i++) {
      const row = rows[i] as unknown as Record<string, unknown>;
      for (let c = 0; c < names.length; c++) columnBuilders[c]!.append(row[names[c]!]);
    }
    const children = columnBuilders.map((builder) => builder.flush());
    writer.write(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: end - begin, children })));
  }
  writeFileSync(path, writer.finish().toUint8Array(true));
};

function typedArrays(ready: RecordBatch[]): Measured {
  return (_, path) => {
    const writer = new RecordBatchStreamWriter();
    for (const batch of ready) writer.write(batch);
    writeFileSync(path, writer.finish().toUint8Array(true));
  };
}

export interface ArrowBench {
  readonly rowsPerSecond: { readonly toArrow: number; readonly builders: number; readonly typedArrays: number };
  /** Megabytes a second that toArrow writes. */
  readonly rate: number;
  /** toArrow over arrow-js builders fed the same rows; the goal is 0.8. */
  readonly overBuilders: number;
  /** toArrow over arrow-js given columns that are ready: the ceiling. */
  readonly overTypedArrays: number;
}

/** Rows per second into a finished file, medians of runs that take turns in this process. */
export async function arrowBench(count = 200_000, repeats = 7): Promise<ArrowBench> {
  const directory = mkdtempSync(join(tmpdir(), 'onager-bench-'));
  try {
    const rows = rowsOf(count);
    const path = join(directory, 'run.arrows');
    await ours(rows, path);
    const file = readFileSync(path);
    const ready = tableFromIPC(file).batches;
    const contestants = { toArrow: ours, builders, typedArrays: typedArrays(ready) };
    const seconds: Record<string, number[]> = {};
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const [name, write] of Object.entries(contestants)) {
        const start = performance.now();
        await write(rows, path);
        seconds[name] = [...(seconds[name] ?? []), (performance.now() - start) / 1000];
        const { numRows } = tableFromIPC(readFileSync(path));
        if (numRows !== count) throw new Error(`${name} wrote ${numRows} rows: expected ${count}`);
      }
    }
    const rate = (name: keyof typeof contestants) => count / median(seconds[name]!);
    const rowsPerSecond = { toArrow: rate('toArrow'), builders: rate('builders'), typedArrays: rate('typedArrays') };
    return {
      rowsPerSecond,
      rate: ((rowsPerSecond.toArrow / count) * file.length) / 1e6,
      overBuilders: rowsPerSecond.toArrow / rowsPerSecond.builders,
      overTypedArrays: rowsPerSecond.toArrow / rowsPerSecond.typedArrays,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
