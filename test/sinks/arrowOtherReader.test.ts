import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { from, lastValueFrom, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { writersFinished } from '../../sinks/sink.ts';
import { vectorGroup } from '../../src/columns.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { evidencedRows } from '../sources/recordedRuns.ts';
import { readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();

/** Why pyarrow cannot be asked; undefined where it can. */
const missing = (() => {
  try {
    execFileSync('python3', ['-c', 'import pyarrow.ipc'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split('\n').at(-1);
  }
})();
if (missing !== undefined) process.stderr.write(`skipped: no pyarrow here to read with (${missing})\n`);

/** Reads with pyarrow, and validates every buffer; NaN is told as text. */
const program = `
import json, sys, pyarrow as pa, pyarrow.ipc as ipc
path, kind = sys.argv[1:]
table = (ipc.open_file if kind == 'file' else ipc.open_stream)(path).read_all()
table.validate(full=True)
field = lambda f: {'name': f.name, 'type': str(f.type) if not pa.types.is_struct(f.type) else [field(f.type.field(i)) for i in range(f.type.num_fields)],
                   'nullable': f.nullable, **{k.decode(): v.decode() for k, v in (f.metadata or {}).items()}}
plain = lambda v: {k: plain(x) for k, x in v.items()} if isinstance(v, dict) else [plain(x) for x in v] if isinstance(v, list) else str(v) if isinstance(v, float) and v != v else v
print(json.dumps({'fields': [field(f) for f in table.schema], 'metadata': {k.decode(): v.decode() for k, v in table.schema.metadata.items()},
                  'batches': len(table.to_batches()), 'rows': [plain(row) for row in table.to_pylist()]}))
`;

interface ReadTable {
  readonly fields: readonly { readonly name: string; readonly [key: string]: unknown }[];
  readonly metadata: { readonly [key: string]: string };
  readonly batches: number;
  readonly rows: readonly { readonly [name: string]: unknown }[];
}

function withPyarrow(path: string, kind: 'file' | 'stream'): ReadTable {
  return JSON.parse(
    execFileSync('python3', ['-c', program, path, kind], { encoding: 'utf8', maxBuffer: 1 << 26 }),
  ) as ReadTable;
}

/** As JSON has it, NaN as Python tells it. */
const plainRows = (path: string) =>
  JSON.parse(JSON.stringify(rowsOf(readArrow(path)), (_, value) => (Number.isNaN(value) ? 'nan' : value))) as unknown[];

describe.runIf(missing === undefined)('pyarrow', () => {
  it('reads both tables of a run folder, whose batches were joined, with units, meanings and the run', async () => {
    const folder = join(directory, 'finished');
    const rows = evidencedRows().map((row, index) => (index === 7 ? { ...row, loss: Number.NaN } : row));
    await lastValueFrom(
      from(rows).pipe(spikes(), catapults(), toArrow(folder, { batchRows: 7, finishedBatchRows: 100 })),
    );
    const steps = withPyarrow(join(folder, 'steps.arrows'), 'file');
    expect(steps.rows).toEqual(plainRows(join(folder, 'steps.arrows')));
    expect(steps.rows[7]!.loss).toBe('nan');
    expect(steps.batches).toBe(Math.ceil(300 / 98));
    expect(steps.metadata).toMatchObject({ 'onager.run': 'evidenced', 'onager.metadata': '{}' });
    expect(steps.fields.find(({ name }) => name === 'loss')).toEqual({
      name: 'loss',
      type: 'double',
      nullable: false,
      unit: 'loss',
      meaning: 'loss of the batch',
      axis: 'log',
    });
    const events = withPyarrow(join(folder, 'events.arrows'), 'file');
    expect(events.rows).toEqual(plainRows(join(folder, 'events.arrows')));
    expect(events.rows.length).toBeGreaterThan(4);
    expect(events.rows.map(({ verdict }) => verdict)).toContain('catapult');
    expect(events.fields.find(({ name }) => name === 'confirmedAt')).toMatchObject({ type: 'double', unit: 'steps' });
  });

  it('reads vectors as lists of fixed size, null and NaN among them', async () => {
    const path = join(directory, 'vectors.arrows');
    const top = vectorGroup({
      name: 'top',
      length: 2,
      type: 'float64',
      unit: 'eigenvalue',
      meaning: 'the largest two',
      nullable: true,
      nullableElements: true,
    });
    const run = new Run('vectors', [
      { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
      { name: 'hessian', meaning: 'curvature', columns: [top] },
    ]);
    const values = [[2, 1], null, Float32Array.of(Number.NaN, 0.5), [3, null], [5, 4]];
    const rows = values.map((value, step) => ({ step, hessian: { top: value }, run }) as Row);
    await lastValueFrom(from(rows).pipe(toArrow(path, { batchRows: 2, finishedBatchRows: 100 })));
    const read = withPyarrow(path, 'file');
    expect(read.batches).toBe(1);
    expect(read.rows).toEqual(
      [[2, 1], null, ['nan', 0.5], [3, null], [5, 4]].map((value, step) => ({ step, hessian: { top: value } })),
    );
    const type = [
      {
        name: 'top',
        type: 'fixed_size_list<item: double>[2]',
        nullable: true,
        meaning: 'the largest two',
        role: 'vector',
        unit: 'eigenvalue',
      },
    ];
    expect(read.fields[1]).toEqual({ name: 'hessian', type, nullable: false, meaning: 'curvature' });
  });

  it('reads both tables while they are written', async () => {
    const folder = join(directory, 'growing');
    const source = new Subject<Row>();
    const subscription = source.pipe(toArrow(folder, { batchRows: 10 })).subscribe();
    for (const row of evidencedRows().slice(0, 25)) source.next({ ...row, spikes: null } as Row);
    await expect.poll(() => withPyarrow(join(folder, 'steps.arrows'), 'stream').rows.length).toBeGreaterThanOrEqual(20);
    expect(withPyarrow(join(folder, 'events.arrows'), 'stream').rows).toEqual([]);
    subscription.unsubscribe();
    await writersFinished();
    expect(withPyarrow(join(folder, 'steps.arrows'), 'file').rows).toHaveLength(25);
  });
});
