import { Schema } from 'apache-arrow';
import { encodeBatch, encodeSchema } from '../../src/formats/arrow/message.ts';
import { arrowField, formatVersion } from '../arrow/schema.ts';
import type { RunHistory } from './runHistory.ts';

/**
 * The Arrow schema of a run's rows as an IPC message: a nullable field for each leaf column, named with dots as in the
 * JSON protocol. Events are no columns here.
 */
export function encodeRunSchema({ id, name, columns }: RunHistory): Buffer {
  const fields = columns.map(({ key, column }) => arrowField({ ...column, name: key, nullable: true }));
  const metadata = new Map([
    ['onager.format', formatVersion],
    ['onager.run', name],
    ['onager.id', id],
  ]);
  return asBuffer(encodeSchema(new Schema(fields, metadata)).bytes);
}

/** Rows `from` to `to - 1`, which lie in one chunk, as a record batch message of that schema. */
export function encodeRows({ columns }: RunHistory, from: number, to: number): Buffer {
  const data = columns.map(({ values }) => values.arrow(from, to));
  return asBuffer(encodeBatch(data, to - from).bytes);
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
