import type { Column, ColumnType } from '../../columns.ts';
import { Run, type RunMetadata } from '../../run.ts';
import type { LossRow } from '../../step.ts';
import { FieldNames, type KnownField } from './fields.ts';
import { fieldLimit, Malformed, type TextRecord, type TextValue } from './parsedLine.ts';

/** Which fields of a record are the step and the loss, where their names are not the usual ones. */
export interface FieldChoice {
  /** Field that is the step. Default: the first of the usual names that is there; without any, rows are counted. */
  readonly step?: string | undefined;
  /** Field that is the loss. Default: the first of the usual names that is there. */
  readonly loss?: string | undefined;
}

/** Names that a row or the operators behind this source need for themselves. */
const reserved = new Set([
  'step',
  'loss',
  'run',
  'hold',
  'probe',
  'spikes',
  'catapults',
  'divergence',
  'plateau',
  '__proto__',
  'constructor',
]);
const known: readonly (readonly [KnownField, Column])[] = [
  ['epoch', { name: 'epoch', type: 'float64', unit: 'epochs', meaning: 'passes over the training set so far' }],
  ['seconds', { name: 'seconds', type: 'float64', unit: 's', meaning: 'time since the run began, as the log says' }],
  [
    'learningRate',
    { name: 'learningRate', type: 'float64', unit: 'learning rate', meaning: 'learning rate, as the log says' },
  ],
];
const mostSteps = 2 ** 31 - 1;

interface Target {
  readonly column: Column;
  readonly field: string;
}

/**
 * Makes rows of records. The columns are those of the first records, as a run's columns are known with its first row.
 * A record without a loss (an evaluation, say) makes no row of its own: its fields go to the next row that has none of
 * them, so that a detector sees losses and nothing else.
 */
export class RecordRows {
  readonly run: Run;
  readonly #loss: FieldNames;
  readonly #stepField: string | undefined;
  readonly #targets: readonly Target[];
  readonly #names: ReadonlySet<string>;
  #lossField: string;
  #carried: Record<string, TextValue> | undefined;
  #counted = 0;

  /**
   * @param sample the first records; at least one with a loss
   * @throws {Error} when they have no loss, or not the fields that were chosen
   */
  constructor(sample: readonly TextRecord[], choice: FieldChoice, name: string, metadata: RunMetadata) {
    const fields = firstValues(sample);
    this.#loss = new FieldNames('loss', choice.loss);
    const loss = this.#loss.best(fields);
    if (loss === undefined) throw new Error(missing('loss', choice.loss, fields));
    const step = new FieldNames('step', choice.step).best(fields);
    if (step === undefined && choice.step !== undefined) throw new Error(missing('step', choice.step, fields));
    this.#lossField = loss;
    this.#stepField = step;
    this.#targets = targetsOf(fields, new Set([loss, step]));
    this.#names = new Set(this.#targets.map(({ field }) => field));
    const stepMeaning = step === undefined ? 'number of the row, as the log has no step' : `'${step}' of the log`;
    this.run = new Run(
      name,
      [
        { name: 'step', type: 'int32', unit: 'steps', meaning: stepMeaning },
        { name: 'loss', type: 'float64', unit: 'loss', meaning: `'${loss}' of the log`, axis: 'log' },
        ...this.#targets.map(({ column }) => column),
      ],
      metadata,
    );
  }

  /** What was taken for what, in a few words. */
  get mapping(): string {
    const others = this.#targets.length === 0 ? '' : `, ${this.#targets.length} more columns`;
    return `loss is '${this.#lossField}', ${this.#stepField === undefined ? 'rows are counted' : `step is '${this.#stepField}'`}${others}`;
  }

  /** A field that is not among the columns, for whoever wants to say so. */
  unknownField(record: TextRecord): string | undefined {
    for (const name in record)
      if (!this.#names.has(name) && name !== this.#stepField && this.#loss.rank(name) === undefined) return name;
    return undefined;
  }

  row(record: TextRecord): LossRow | null | Malformed {
    // nanoGPT estimates 'train loss' before it logs the first 'loss': the better name wins once it comes.
    const lossField = this.#loss.best(record);
    if (lossField !== undefined && this.#loss.rank(lossField)! < this.#loss.rank(this.#lossField)!)
      this.#lossField = lossField;
    const loss = record[this.#lossField] ?? null;
    if (loss === null) {
      this.#carry(record);
      return null;
    }
    if (typeof loss !== 'number') return new Malformed(`expected a number as '${this.#lossField}'`);
    const step = this.#stepField === undefined ? this.#counted : record[this.#stepField];
    if (typeof step !== 'number' || !Number.isInteger(step) || Math.abs(step) > mostSteps)
      return new Malformed(`expected a whole number below 2^31 as '${this.#stepField}'`);
    this.#counted++;
    // An object literal first: the same shape for all rows.
    const row: { [name: string]: unknown; step: number; loss: number } = { step, loss };
    for (const { field, column } of this.#targets)
      row[column.name] = fitting(record[field] ?? this.#carried?.[field], column.type);
    this.#carried = undefined;
    row.run = this.run;
    return row as unknown as LossRow;
  }

  #carry(record: TextRecord): void {
    for (const { field } of this.#targets) {
      const value = record[field];
      if (value === undefined || value === null) continue;
      this.#carried ??= {};
      this.#carried[field] = value;
    }
  }
}

/** Every field of the records with its first value that is not null. */
function firstValues(sample: readonly TextRecord[]): TextRecord {
  const fields: Record<string, TextValue> = Object.create(null);
  let count = 0;
  for (const record of sample)
    for (const name in record) {
      if (fields[name] === undefined && count++ >= fieldLimit) return fields;
      fields[name] ??= record[name]!;
    }
  return fields;
}

function targetsOf(fields: TextRecord, used: ReadonlySet<string | undefined>): Target[] {
  const targets: Target[] = [];
  const taken = new Set(used);
  const names = new Set<string>();
  for (const [key, column] of known) {
    const field = new FieldNames(key).best(fields);
    if (field === undefined || taken.has(field) || typeof fields[field] !== 'number') continue;
    taken.add(field);
    names.add(column.name);
    targets.push({ field, column: { ...column, nullable: true } });
  }
  for (const field in fields) {
    if (taken.has(field) || field === '') continue;
    let name = field;
    while (reserved.has(name) || names.has(name)) name += '_';
    names.add(name);
    const type = typeOf(fields[field]!);
    const column = { name, type, unit: type === 'float64' ? field : '1', meaning: 'as the log says', nullable: true };
    targets.push({ field, column });
  }
  return targets;
}

function typeOf(value: TextValue): ColumnType {
  if (typeof value === 'string') return 'utf8';
  return typeof value === 'boolean' ? 'bool' : 'float64';
}

const typeNames = { float64: 'number', int32: 'number', bool: 'boolean', utf8: 'string' };

function fitting(value: TextValue | undefined, type: ColumnType): TextValue {
  return value !== undefined && typeof value === typeNames[type] ? value : null;
}

function missing(what: 'loss' | 'step', given: string | undefined, fields: TextRecord): string {
  const names = Object.keys(fields);
  const there = names
    .slice(0, 12)
    .map((name) => `'${name.slice(0, 40)}'`)
    .join(', ');
  const list = `${there}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`;
  return given === undefined
    ? `no field is known to be the ${what}: say which of ${list} is`
    : `no field '${given}' to be the ${what}: expected one of ${list}`;
}
