import type { Schema } from 'apache-arrow';

/** What a file in the random-access format begins with: the magic bytes, padded to 8. */
export const magic: Uint8Array = new TextEncoder().encode('ARROW1\0\0');

/** A record batch within a stream: where its message begins, how long its two parts are, in bytes, and its rows. */
export interface Block {
  readonly position: number;
  readonly metadataLength: number;
  readonly bodyLength: number;
  readonly rows: number;
}

/** A stretch of a file that is an IPC stream without its end marker: a schema message and whole batches. */
export interface WholeBatches {
  readonly fd: number;
  readonly begin: number;
  readonly end: number;
  readonly schema: Schema;
  readonly blocks: readonly Block[];
}
