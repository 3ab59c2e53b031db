import type { Schema } from 'apache-arrow';
import type { ColumnDescription } from '../../src/columns.ts';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import { encodeBatch } from '../../src/formats/arrow/message.ts';
import type { EarlierRows } from './earlierRows.ts';
import type { Place } from './place.ts';
import { RowBatch } from './rowBatch.ts';
import { StreamFile, type StreamFileOptions } from './streamFile.ts';

/** What a table is made of. */
export interface TableDescription {
  readonly place: Place;
  readonly columns: readonly ColumnDescription[];
  readonly schema: Schema;
}

/** One table of a run: the rows since the last batch, and the file that the batches go to. */
export class TableFile {
  readonly batch: RowBatch;
  readonly file: StreamFile;

  /**
   * @param batchRows rows in a full batch
   * @param lastWords as of a {@link StreamFile}
   * @throws {CannotWriteError}
   */
  constructor(
    { place, columns, schema }: TableDescription,
    batchRows: number,
    options: StreamFileOptions,
    disk: Disk,
    lastWords: () => void,
    earlier: EarlierRows | undefined,
  ) {
    this.batch = new RowBatch(columns, batchRows);
    this.file = new StreamFile(place, schema, options, disk, lastWords, earlier);
  }

  /** Rows in the file, on their way there, and in the batch. */
  get rows(): number {
    return this.file.rows + this.batch.rows;
  }

  /** Hands the rows of the batch over to the file. */
  flush(): void {
    const { batch } = this;
    const { rows } = batch;
    if (rows === 0) return;
    const message = encodeBatch(batch.data(), rows);
    batch.clear();
    this.file.append(message, rows);
  }
}
