import { type Column, type ColumnDescription, isGroup, isVector, type VectorGroup } from '../../columns.ts';
import { columnKey, fromWire, type WireNumber } from '../../formats/webSocket/protocol.ts';
import type { Run } from '../../run.ts';
import type { Row } from '../../step.ts';
import { UnreadableFrame } from './serverMessage.ts';

/** The values of some rows, column by column, as JSON or Arrow has them; a column that is left out is null. */
export interface FrameColumns {
  readonly [path: string]: ArrayLike<unknown>;
}

/** Puts one field of row `index` onto the fields of its group. */
type FieldWriter = (fields: Record<string, unknown>, index: number) => void;

/** Finds the column of a field in a frame. */
type FieldPlan = (columns: FrameColumns) => FieldWriter;

/** Makes rows of the frames of one run: objects, with groups nested. Where each column goes is settled once. */
export class FrameRows {
  readonly #run: Run;
  readonly #plans: readonly FieldPlan[];

  constructor(run: Run) {
    this.#run = run;
    this.#plans = plansOf(run.columns, []);
  }

  /**
   * The rows of a frame, made one at a time; events are told apart from the rows, so their fields are null.
   * @throws {UnreadableFrame} for a value that is not of its column's type
   */
  *of(count: number, columns: FrameColumns): Generator<Row> {
    const writers = this.#plans.map((plan) => plan(columns));
    for (let index = 0; index < count; index++) {
      const row: Record<string, unknown> = {};
      for (const write of writers) write(row, index);
      row.run = this.#run;
      yield row as unknown as Row;
    }
  }
}

function plansOf(descriptions: readonly ColumnDescription[], path: readonly string[]): FieldPlan[] {
  return descriptions.map((description): FieldPlan => {
    const { name } = description;
    const way = [...path, name];
    if (!isGroup(description)) return planOf(description, columnKey(way));
    if (description.role === 'event') return () => alwaysNull(name);
    if (isVector(description)) return vectorPlan(description, way);
    const members = plansOf(description.columns, way);
    return (columns) => {
      const writers = members.map((plan) => plan(columns));
      return (fields, index) => {
        const group: Record<string, unknown> = {};
        for (const write of writers) write(group, index);
        fields[name] = group;
      };
    };
  });
}

/** Which elements there are is told, not whether there is a vector: one that can be null and has none is null. */
function vectorPlan({ name, nullable, columns: elements }: VectorGroup, way: readonly string[]): FieldPlan {
  const plans = plansOf(elements, way);
  return (columns) => {
    const writers = plans.map((plan) => plan(columns));
    return (fields, index) => {
      const vector: unknown[] = [];
      for (const write of writers) write(vector as unknown as Record<string, unknown>, index);
      fields[name] = nullable && vector.every((element) => element === null) ? null : vector;
    };
  };
}

function planOf(column: Column, key: string): FieldPlan {
  const { name } = column;
  return (columns) => {
    const values = columns[key];
    if (values === undefined) return alwaysNull(name);
    return (fields, index) => {
      fields[name] = readValue(column, values[index]);
    };
  };
}

function alwaysNull(name: string): FieldWriter {
  return (fields) => {
    fields[name] = null;
  };
}

function readValue({ name, type }: Column, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity') {
    if (type === 'float64' || type === 'int32') return fromWire(value as WireNumber);
  }
  if (typeof value === 'string' && type === 'utf8') return value;
  if (typeof value === 'boolean' && type === 'bool') return value;
  throw new UnreadableFrame(`column ${name}: ${JSON.stringify(value)?.slice(0, 40)} is no ${type}`);
}
