import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Bool,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int8,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromArrays,
  tableToIPC,
  Uint16,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArrowSamples } from '../../src/sources/arrow/readArrowSamples.ts';
import { temporaryDirectory } from './recordedRuns.ts';

const directory = temporaryDirectory();
const path = join(directory, 'table.arrow');

const types = {
  int8: [new Int8(), fc.integer({ min: -128, max: 127 })],
  uint16: [new Uint16(), fc.integer({ min: 0, max: 65535 })],
  int64: [new Int64(), fc.integer({ min: -(2 ** 24), max: 2 ** 24 })],
  float32: [new Float32(), fc.float({ noNaN: true })],
  float64: [new Float64(), fc.float({ noNaN: true })],
  bool: [new Bool(), fc.boolean()],
} as const;
type Kind = keyof typeof types;

/** A table of columns of several types in some batches, with text columns between that are to be passed over. */
const anyTable = fc
  .record({
    kinds: fc.array(fc.constantFrom(...(Object.keys(types) as Kind[])), { minLength: 2, maxLength: 5 }),
    batches: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
    format: fc.constantFrom('file' as const, 'stream' as const),
  })
  .chain(({ kinds, batches, format }) =>
    fc
      .tuple(
        ...kinds.map((kind) =>
          fc.tuple(
            ...batches.map((rows) =>
              fc.array(types[kind][1] as fc.Arbitrary<number | boolean>, { minLength: rows, maxLength: rows }),
            ),
          ),
        ),
      )
      .map((values) => ({ kinds, batches, format, values: values as (number | boolean)[][][] })),
  );

describe('readArrowSamples', () => {
  it('reads every number of the columns it is told, whatever their types, batches and neighbours', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, async ({ kinds, batches, format, values }) => {
        const tables = batches.map((rows, batch) => {
          const columns: Record<string, Vector> = {};
          kinds.forEach((kind, index) => {
            columns[`text${index}`] = vectorFromArray(new Array(rows).fill('aé'), new Utf8());
            const own = values[index]![batch]!;
            const fed = kind === 'int64' ? own.map((value) => BigInt(value)) : own;
            columns[`c${index}`] = vectorFromArray(fed as number[], types[kind][0] as Float64);
          });
          return new Table(columns);
        });
        const table = tables.slice(1).reduce((all, next) => all.concat(next), tables[0]!);
        writeFileSync(path, tableToIPC(table, format));
        const targets = `c${kinds.length - 1}`;
        const found = await readArrowSamples(path, { targets });
        const column = (index: number) => values[index]!.flat().map((value) => Math.fround(Number(value)));
        const inputs = kinds.slice(0, -1).map((_, index) => column(index));
        expect([found.size, found.dimension, found.outputs]).toEqual([inputs[0]!.length, inputs.length, 1]);
        expect(Array.from(found.targets)).toEqual(column(kinds.length - 1));
        expect(Array.from(found.inputs)).toEqual(inputs[0]!.flatMap((_, row) => inputs.map((one) => one[row]!)));
      }),
      { numRuns: 150 },
    );
  });

  it('reads lists of fixed size as several inputs', async () => {
    const type = new FixedSizeList(3, new Field('item', new Float32(), false));
    const child = makeData({ type: new Float32(), data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    const images = makeData({ type, length: 2, child });
    const labels = makeData({ type: new Int8(), data: Int8Array.of(1, 0) });
    const schema = new Schema([new Field('image', type, false), new Field('label', new Int8(), false)]);
    const struct = makeData({ type: new Struct(schema.fields), length: 2, children: [images, labels] });
    writeFileSync(path, tableToIPC(new Table([new RecordBatch(schema, struct)]), 'file'));
    const found = await readArrowSamples(path, { inputs: ['image'], targets: 'label' });
    expect(found).toEqual({
      inputs: Float32Array.of(1, 2, 3, 4, 5, 6),
      targets: Float32Array.of(1, 0),
      size: 2,
      dimension: 3,
      outputs: 1,
    });
  });

  it.each([
    [{ targets: 'z' }, /table\.arrow: column 'z' is not there: expected one of 'x', 'y'/],
    [{ targets: 'name' }, /column 'name' is of type .*Utf8.*: expected one of 'x', 'y'/],
    [{ inputs: [], targets: 'y' }, /inputs = \[\]: expected at least one column/],
    [{ targets: [] }, /targets = \[\]: expected at least one column/],
  ])('says which column is wrong: %j', async (columns, message) => {
    const table = new Table({
      x: vectorFromArray([1, 2], new Float64()),
      name: vectorFromArray(['a', 'b'], new Utf8()),
      y: vectorFromArray([1, 2], new Float64()),
    });
    writeFileSync(path, tableToIPC(table));
    await expect(readArrowSamples(path, columns)).rejects.toThrow(message);
  });

  it('says in which row a number is missing', async () => {
    const table = new Table({
      x: vectorFromArray([1, 2, null], new Float64()),
      y: vectorFromArray([1, 2, 3], new Float64()),
    });
    writeFileSync(path, tableToIPC(table));
    await expect(readArrowSamples(path, { targets: 'y' })).rejects.toThrow(/column 'x' is null in row 2/);
  });

  it('reads or refuses any damaged file, in bounded time: bytes changed, inserted, cut off', async () => {
    const whole = tableToIPC(
      tableFromArrays({ x: Float64Array.of(1, 2, 3, 4), z: Int32Array.of(5, 6, 7, 8), y: Float32Array.of(1, 0, 1, 0) }),
      'stream',
    );
    let read = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), async (at, byte, cut) => {
        writeFileSync(path, cut ? whole.subarray(0, at) : whole.map((old, index) => (index === at ? byte : old)));
        try {
          const { inputs, targets, size, dimension, outputs } = await readArrowSamples(path, { targets: 'y' });
          expect([inputs.length, targets.length]).toEqual([size * dimension, size * outputs]);
          read++;
        } catch (error) {
          expect((error as Error).message).toContain('table.arrow');
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});
