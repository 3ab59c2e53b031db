import { type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import type { ColumnDescription } from '../../../src/columns.ts';
import { tablesKey } from '../../../src/formats/arrow/eventTable.ts';
import { describedColumn } from '../../../src/sources/arrow/columnsOf.ts';

/** An Arrow stream or file that `toArrow` wrote, finished or cut off: a whole run, or a table of a run folder. */
export class ArrowTable {
  readonly file: File;
  /** What a person knows it by. */
  readonly name: string;
  readonly schema: Schema;
  readonly columns: readonly ColumnDescription[];
  /** Where the stream begins: behind the magic bytes of a file that was finished. */
  readonly #begin: number;

  /**
   * Reads the schema and nothing else.
   * @throws {Error} saying what was expected, when it is not such a file
   */
  static async open(file: File, name: string = file.name): Promise<ArrowTable> {
    const [begin, schema] = (await schemaOf(file)) ?? [];
    if (begin === undefined || schema === undefined)
      throw new Error(`${name} is not an Arrow file: expected one that toArrow wrote`);
    if (!schema.fields.some((field) => field.name === 'step'))
      throw new Error(`${name} has no column 'step': expected an Arrow file that toArrow wrote`);
    return new ArrowTable(file, name, begin, schema);
  }

  private constructor(file: File, name: string, begin: number, schema: Schema) {
    this.file = file;
    this.name = name;
    this.#begin = begin;
    this.schema = schema;
    this.columns = schema.fields.map(describedColumn);
  }

  /** The name of the run that it is of. */
  get run(): string {
    return this.schema.metadata.get('onager.run') ?? 'run';
  }

  /** What the two tables of a run folder have in common and no others; undefined for a whole run in one file. */
  get pair(): string | undefined {
    return this.schema.metadata.get(tablesKey);
  }

  /** What says where its events belong in the rows; undefined where it is not the table of events. */
  get eventPlaces(): string | undefined {
    return this.schema.metadata.get('onager.events');
  }

  /** Its record batches, which are read as they are asked for: that throws after the last whole one of a damaged file. */
  async batches(): Promise<Iterable<RecordBatch>> {
    return withRows(RecordBatchReader.from(new Uint8Array(await this.file.slice(this.#begin).arrayBuffer())));
  }
}

/** Of a table without any batch arrow-js makes one that has no columns. */
function* withRows(batches: Iterable<RecordBatch>): Generator<RecordBatch> {
  for (const batch of batches) if (batch.numRows > 0) yield batch;
}

/** Undefined where the bytes begin with none. */
async function schemaOf(file: File): Promise<[begin: number, schema: Schema] | undefined> {
  try {
    const head = await file.slice(0, 16).arrayBuffer();
    const begin = new TextDecoder('latin1').decode(head.slice(0, 6)) === 'ARROW1' ? 8 : 0;
    const end = begin + 8 + new DataView(head).getInt32(begin + 4, true);
    const reader = RecordBatchReader.from(new Uint8Array(await file.slice(begin, end).arrayBuffer()));
    reader.open();
    const { schema } = reader as { readonly schema: Schema | undefined };
    return schema === undefined || schema.fields.length === 0 ? undefined : [begin, schema];
  } catch {
    return undefined;
  }
}
