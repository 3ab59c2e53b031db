import { type Field, Message, type MessageHeader, type Schema } from 'apache-arrow';
import type { ColumnDescription } from '../../columns.ts';
import { disk } from '../../formats/arrow/disk.ts';
import { type EventPlace, joinedColumns } from '../../formats/arrow/eventTable.ts';
import type { Block } from '../../formats/arrow/fileParts.ts';
import { prefixLength } from '../../formats/arrow/message.ts';
import { Run, type RunMetadata } from '../../run.ts';
import type { Row } from '../../step.ts';
import { describedColumn } from './columnsOf.ts';
import { BatchLayout } from './slotReader.ts';

/** Fields that a row has beside its columns, or that an object keeps for itself. */
const reserved = ['run', 'hold', 'probe', '__proto__'];

/** The events that a run folder keeps in a table of their own. */
export interface SeparateEvents {
  readonly columns: readonly ColumnDescription[];
  readonly places: readonly EventPlace[];
}

/** The run of a file, and how its batches become rows. */
export class RecordedRun {
  readonly run: Run;
  readonly #fields: readonly Field[];
  readonly #left: ReadonlySet<string>;

  /**
   * @param without columns and groups to leave out
   * @param events what belongs to the rows and is not in this table
   * @throws {Error} when these columns cannot be those of rows
   */
  constructor({ fields, metadata }: Schema, without: readonly string[], events?: SeparateEvents) {
    this.#fields = fields;
    this.#left = new Set(without);
    const names = fields.map(({ name }) => name);
    if (!names.includes('step')) throw new Error("it has no column 'step': expected a file that toArrow wrote");
    const strange = names.find((name, index) => reserved.includes(name) || names.indexOf(name) !== index);
    if (strange !== undefined)
      throw new Error(`it cannot have a column '${strange}': expected a file that toArrow wrote`);
    const described = fields.map(describedColumn);
    const columns = events === undefined ? described : joinedColumns(described, events.columns, events.places);
    this.run = new Run(
      metadata.get('onager.run') ?? 'recorded',
      columns.filter(({ name }) => !this.#left.has(name)),
      runMetadata(metadata.get('onager.metadata')),
    );
  }

  has(column: string): boolean {
    return this.run.columns.some(({ name }) => name === column);
  }

  /** Reads one batch; its rows are made one at a time, as they are asked for. */
  async rows(fd: number, { position, metadataLength, bodyLength }: Block): Promise<Iterable<Row>> {
    const metadata = new Uint8Array(metadataLength - prefixLength);
    const body = new ArrayBuffer(bodyLength);
    const read =
      (await disk.read(fd, metadata, position + prefixLength)) +
      (await disk.read(fd, new Uint8Array(body), position + metadataLength));
    if (read < metadata.length + bodyLength) throw new Error('the file became shorter while it was read');
    const batch = (Message.decode(metadata) as Message<MessageHeader.RecordBatch>).header();
    const layout = new BatchLayout(batch, body);
    const columns = this.#fields
      .map((field) => [field.name, layout.next(field)] as const)
      .filter(([name]) => !this.#left.has(name));
    const names = columns.map(([name]) => name);
    const readers = columns.map(([, reader]) => reader);
    return rowsOf(batch.length, names, readers, this.run);
  }
}

function* rowsOf(
  count: number,
  names: readonly string[],
  readers: readonly ((index: number) => unknown)[],
  run: Run,
): Generator<Row> {
  for (let index = 0; index < count; index++) {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) row[names[i]!] = readers[i]!(index);
    row.run = run;
    yield row as unknown as Row;
  }
}

function runMetadata(text: string | undefined): RunMetadata {
  if (text === undefined) return {};
  try {
    const metadata: unknown = JSON.parse(text);
    if (typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)) return metadata as RunMetadata;
  } catch {
    // Said below.
  }
  throw new Error("its metadata 'onager.metadata' is damaged: expected an object as JSON");
}
