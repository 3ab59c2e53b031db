import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { firstValueFrom, from, type Observable, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { type Column, type ColumnDescription, type ColumnGroup, isGroup, isVector } from '../../src/columns.ts';
import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { vector } from '../sources/recordedRuns.ts';
import { isFinished, readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
let files = 0;
const newPath = () => join(directory, `${files++}.arrows`);
const all = <R>(rows: Observable<R>) => firstValueFrom(rows.pipe(toArray()), { defaultValue: [] });

const taken = ['step', 'run', 'hold', 'probe', '__proto__'];
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !taken.includes(text));
const text = fc.string({ unit: 'grapheme' });

const column: fc.Arbitrary<Column> = fc
  .record({
    name,
    type: fc.constantFrom('float64', 'int32', 'bool', 'utf8'),
    unit: text,
    meaning: text,
    nullable: fc.boolean(),
  })
  .chain((plain) => fc.constantFrom<Column>(plain, { ...plain, axis: 'log' }));

function group(depth: number): fc.Arbitrary<ColumnGroup> {
  return fc
    .record({ name, meaning: text, columns: descriptions(depth - 1), nullable: fc.boolean() })
    .chain((plain) => fc.constantFrom<ColumnGroup>(plain, { ...plain, role: 'event' }));
}

function descriptions(depth: number): fc.Arbitrary<ColumnDescription[]> {
  const one: fc.Arbitrary<ColumnDescription> =
    depth === 0 ? fc.oneof(column, vector) : fc.oneof(column, vector, group(depth));
  return fc.uniqueArray(one, { selector: (description) => description.name, maxLength: 5 });
}

function valueFor(description: ColumnDescription): fc.Arbitrary<unknown> {
  const present = isVector(description)
    ? fc.tuple(...description.columns.map(valueFor))
    : isGroup(description)
      ? groupOf(description.columns)
      : scalarOf(description);
  const nullable = description.nullable || (isGroup(description) && description.role === 'event');
  return nullable ? fc.option(present) : present;
}

function scalarOf({ type }: Column): fc.Arbitrary<unknown> {
  if (type === 'float64') return fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0));
  if (type === 'int32') return fc.integer();
  if (type === 'bool') return fc.boolean();
  return fc.string({ unit: 'binary' });
}

function groupOf(columns: readonly ColumnDescription[]): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(...columns.map(valueFor))
    .map((values) => Object.fromEntries(columns.map((description, i) => [description.name, values[i]])));
}

const step: Column = { name: 'step', type: 'int32', unit: 'steps', meaning: 'number of updates' };
const recorded = descriptions(3).chain((columns) =>
  fc.record({ columns: fc.constant([step, ...columns]), rows: fc.array(groupOf(columns), { maxLength: 20 }) }),
);

describe('toArrow', () => {
  it('gives back every row as it was, whatever the columns', async () => {
    await fc.assert(
      fc.asyncProperty(recorded, fc.integer({ min: 1, max: 8 }), async ({ columns, rows }, batchRows) => {
        const path = newPath();
        const run = new Run('round trip', columns);
        const given = rows.map((row, index): Row => ({ ...row, step: index, run, hold: () => () => {} }));
        const passed = await all(from(given).pipe(toArrow(path, { batchRows, finishedBatchRows: batchRows })));
        expect(passed.every((row, index) => row === given[index])).toBe(true);
        expect(existsSync(path)).toBe(rows.length > 0);
        if (rows.length === 0) return;
        expect(isFinished(path)).toBe(true);
        const table = readArrow(path);
        expect(table.batches).toHaveLength(Math.ceil(rows.length / batchRows));
        expect(rowsOf(table)).toEqual(rows.map((row, index) => ({ ...row, step: index })));
      }),
      { numRuns: 150 },
    );
  });

  it('describes the columns and the run in the schema', async () => {
    const path = newPath();
    const loss: Column = { name: 'loss', type: 'float64', unit: 'loss', meaning: 'loss of the batch', axis: 'log' };
    const spikes: ColumnGroup = {
      name: 'spikes',
      meaning: 'rises of the loss',
      role: 'event',
      columns: [{ name: 'verdict', type: 'utf8', unit: '1', meaning: 'what it was' }],
    };
    const run = new Run('described', [step, loss, spikes], { seed: 7, spec: { width: [1, 2] } });
    const row = { step: 0, loss: 1, spikes: null, run };
    await all(from([row]).pipe(toArrow(path)));
    const { schema } = readArrow(path);
    expect(Object.fromEntries(schema.metadata)).toEqual({
      'onager.format': '1',
      'onager.run': 'described',
      'onager.metadata': '{"seed":7,"spec":{"width":[1,2]}}',
    });
    expect(schema.fields.map(String)).toEqual(['step: Int32', 'loss: Float64', 'spikes: Struct<{verdict:Utf8}>']);
    expect(schema.fields.map(({ nullable }) => nullable)).toEqual([false, false, true]);
    expect(Object.fromEntries(schema.fields[1]!.metadata)).toEqual({
      meaning: 'loss of the batch',
      unit: 'loss',
      axis: 'log',
    });
    expect(Object.fromEntries(schema.fields[2]!.metadata)).toEqual({ meaning: 'rises of the loss', role: 'event' });
    expect(schema.fields[2]!.type.children[0].metadata.get('meaning')).toBe('what it was');
  });

  it('takes a missing value for null where null is allowed, and infers the columns of rows from elsewhere', async () => {
    const path = newPath();
    const rows = [{ step: 0, loss: 1.5, note: 'a' }, { step: 1, loss: null }, { step: 2 }] as Row[];
    await all(from(rows).pipe(toArrow(path)));
    expect(rowsOf(readArrow(path))).toEqual([
      { step: 0, loss: 1.5, note: 'a' },
      { step: 1, loss: null, note: null },
      { step: 2, loss: null, note: null },
    ]);
  });

  it('writes rows of much text', async () => {
    const path = newPath();
    const rows = Array.from({ length: 5 }, (_, index) => ({ step: index, note: 'ä'.repeat(700_000) }));
    await all(from<Row[]>(rows).pipe(toArrow(path, { finishedBatchRows: 1 })));
    const table = readArrow(path);
    expect(table.batches.length).toBeGreaterThan(1);
    expect(rowsOf(table).map(({ note }) => (note as string).length)).toEqual(rows.map(() => 700_000));
  });
});
