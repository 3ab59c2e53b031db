/**
 * arrow-js trusts the lengths of the vectors in a message's metadata: one damaged byte can make it build an array of four
 * billion entries. This walks the same flatbuffer beforehand (tables and their field numbers as in Arrow's Message.fbs
 * and Schema.fbs) and says whether it holds no more entries than its bytes can.
 */
export function withinBudget(metadata: Uint8Array): boolean {
  return affordable(metadata, (message, budget) => {
    message.spend(4, budget);
    const header = message.table(2);
    if (header === undefined) return false;
    switch (message.byte(1)) {
      case 1:
        spendSchema(header, budget);
        return true;
      case 3: // RecordBatch: nodes, buffers, variadic buffer counts
        for (const vector of [1, 2, 4]) header.spend(vector, budget);
        return true;
      default:
        return false;
    }
  });
}

/** The same of the footer of a file (File.fbs). */
export function footerWithinBudget(footer: Uint8Array): boolean {
  return affordable(footer, (table, budget) => {
    const schema = table.table(1);
    if (schema === undefined) return false;
    spendSchema(schema, budget);
    // Dictionaries, record batches, custom metadata
    for (const vector of [2, 3, 4]) table.spend(vector, budget);
    return true;
  });
}

function affordable(bytes: Uint8Array, spend: (root: Table, budget: Budget) => boolean): boolean {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return spend(new Table(view, view.getUint32(0, true)), { left: bytes.byteLength });
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

interface Budget {
  left: number;
}

/** Fields, custom metadata, features. */
function spendSchema(schema: Table, budget: Budget): void {
  schema.spend(2, budget);
  schema.spend(3, budget);
  for (const field of schema.tables(1, budget)) spendField(field, budget);
}

function spendField(field: Table, budget: Budget): void {
  field.spend(6, budget);
  for (const child of field.tables(5, budget)) spendField(child, budget);
}

/** A flatbuffer table; reading outside of the buffer throws a RangeError. */
class Table {
  readonly #view: DataView;
  readonly #at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  byte(field: number): number {
    const at = this.#field(field);
    return at === undefined ? 0 : this.#view.getUint8(at);
  }

  table(field: number): Table | undefined {
    const at = this.#target(field);
    return at === undefined ? undefined : new Table(this.#view, at);
  }

  /** Takes the length of a vector off the budget. @throws {RangeError} when it is used up. */
  spend(field: number, budget: Budget): number {
    const at = this.#target(field);
    const length = at === undefined ? 0 : this.#view.getUint32(at, true);
    budget.left -= length;
    if (budget.left < 0) throw new RangeError('more entries than bytes');
    return length;
  }

  *tables(field: number, budget: Budget): Generator<Table> {
    const length = this.spend(field, budget);
    const at = this.#target(field) ?? 0;
    for (let entry = at + 4; entry < at + 4 + 4 * length; entry += 4)
      yield new Table(this.#view, entry + this.#view.getUint32(entry, true));
  }

  /** Where a field's value is; undefined when it has its default. */
  #field(field: number): number | undefined {
    const vtable = this.#at - this.#view.getInt32(this.#at, true);
    const entry = 4 + 2 * field;
    if (entry >= this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }

  #target(field: number): number | undefined {
    const at = this.#field(field);
    return at === undefined ? undefined : at + this.#view.getUint32(at, true);
  }
}
