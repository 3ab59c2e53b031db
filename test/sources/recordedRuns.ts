import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { firstValueFrom, type Observable, toArray } from 'rxjs';
import { afterAll } from 'vitest';
import {
  type Column,
  type ColumnDescription,
  type ColumnGroup,
  isGroup,
  isVector,
  vectorGroup,
} from '../../src/columns.ts';
import { Run } from '../../src/run.ts';
import type { LossRow, Row } from '../../src/step.ts';

/** An empty directory for the tests of one file, gone when they are over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'onager-sources-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function collected<R>(rows: Observable<R>): Promise<R[]> {
  return firstValueFrom(rows.pipe(toArray()), { defaultValue: [] });
}

/** A row without what is not recorded. */
export function recordedFields(row: Row): Record<string, unknown> {
  const { run: _run, hold: _hold, ...fields } = row;
  return fields;
}

const taken = ['step', 'run', 'hold', 'probe', '__proto__'];
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !taken.includes(text));
const text = fc.string({ unit: 'grapheme' });

const column: fc.Arbitrary<Column> = fc
  .record({ name, type: fc.constantFrom('float64', 'int32', 'bool', 'utf8'), unit: text, meaning: text })
  .chain((plain) => fc.constantFrom<Column>(plain, { ...plain, axis: 'log' }, { ...plain, nullable: true }));

/** A vector of any kind, whose elements say the same or each their own. */
export const vector: fc.Arbitrary<ColumnGroup> = fc
  .record({
    element: column,
    length: fc.integer({ min: 1, max: 4 }),
    nullable: fc.boolean(),
    own: fc.option(fc.array(text, { minLength: 4, maxLength: 4 })),
  })
  .map(({ element: { nullable: nullableElements = false, ...element }, length, nullable, own }) =>
    vectorGroup({
      ...element,
      length,
      nullable,
      nullableElements,
      meaningAt: (place) => own?.[place] ?? element.meaning,
    }),
  );

function group(depth: number): fc.Arbitrary<ColumnGroup> {
  return fc
    .record({ name, meaning: text, columns: descriptions(depth - 1) })
    .chain((plain) =>
      fc.constantFrom<ColumnGroup>(plain, { ...plain, nullable: true }, { ...plain, nullable: true, role: 'event' }),
    );
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
  return description.nullable ? fc.option(present) : present;
}

function scalarOf({ type }: Column): fc.Arbitrary<unknown> {
  if (type === 'float64') return fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0));
  if (type === 'int32') return fc.integer();
  if (type === 'bool') return fc.boolean();
  // 'NaN' as text is to stay text.
  return fc.oneof(text, fc.constantFrom('NaN', 'Infinity', '', 'null', 'a\nb\r"c"\u2028'));
}

function groupOf(columns: readonly ColumnDescription[]): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .tuple(...columns.map(valueFor))
    .map((values) => Object.fromEntries(columns.map((description, i) => [description.name, values[i]])));
}

const step: Column = { name: 'step', type: 'int32', unit: 'steps', meaning: 'number of updates' };

/** A run of any columns, with its rows. */
export const anyRun = descriptions(3).chain((columns) =>
  fc
    .record({
      name: text,
      metadata: fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<never>, { noNullPrototype: true }),
      rows: fc.array(groupOf(columns), { minLength: 1, maxLength: 20 }),
    })
    .map(({ name: given, metadata, rows }) => {
      const run = new Run(given, [step, ...columns], JSON.parse(JSON.stringify(metadata)));
      return { run, rows: rows.map((row, index): Row => ({ step: index, ...row, run })) };
    }),
);

/** A loss that spikes twice, with the kernel's evidence that the first was a catapult. */
export function evidencedRows(): (LossRow & object)[] {
  const run = new Run('evidenced', [
    step,
    { name: 'seconds', type: 'float64', unit: 's', meaning: 'time since the run began' },
    { name: 'loss', type: 'float64', unit: 'loss', meaning: 'loss of the batch', axis: 'log' },
    {
      name: 'tangentKernel',
      meaning: 'the tangent kernel',
      columns: [
        { name: 'lambdaMax', type: 'float64', unit: 'eigenvalue', meaning: 'largest eigenvalue' },
        { name: 'criticalLearningRate', type: 'float64', unit: 'learning rate', meaning: 'critical rate' },
        { name: 'learningRateRatio', type: 'float64', unit: '1', meaning: 'rate over critical' },
      ],
    },
    {
      name: 'eigenspace',
      meaning: 'the loss split',
      columns: [
        { name: 'lossTop', type: 'float64', unit: 'loss', meaning: 'in the top eigenspace' },
        { name: 'lossComplement', type: 'float64', unit: 'loss', meaning: 'the rest' },
      ],
    },
  ]);
  return Array.from({ length: 300 }, (_, index) => {
    const base = Math.exp(-index / 150);
    const rise = spikeAt(index, 100) + spikeAt(index, 200);
    const lambdaMax = index < 105 ? 4 : 2;
    const lossTop = 0.1 * base + (index < 150 ? 0.9 : 0.1) * rise;
    const loss = base + rise;
    return {
      step: index,
      seconds: index / 1000,
      loss,
      run,
      tangentKernel: { lambdaMax, criticalLearningRate: 2 / lambdaMax, learningRateRatio: 1.2 },
      eigenspace: { lossTop, lossComplement: loss - lossTop },
    };
  });
}

function spikeAt(step: number, peak: number): number {
  return step < peak - 5 || step > peak + 20 ? 0 : 8 * Math.exp(-Math.abs(step - peak) / 2);
}
