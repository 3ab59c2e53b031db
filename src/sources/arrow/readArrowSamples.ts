import { type Field, Message, type MessageHeader, type Schema } from 'apache-arrow';
import { Footer } from 'apache-arrow/ipc/metadata/file';
import type { RecordBatch } from 'apache-arrow/ipc/metadata/message';
import { magic } from '../../formats/arrow/fileParts.ts';
import { footerWithinBudget, withinBudget } from '../../formats/arrow/metadataBudget.ts';
import { MalformedFileError } from '../../tasks/malformedFileError.ts';
import type { Dataset } from '../../tasks/task.ts';
import { readBytes } from '../readBytes.ts';
import { layoutOf } from './fieldLayout.ts';
import { type NumberType, numberType } from './numberReader.ts';

export interface ArrowSampleColumns {
  /** Columns that are the inputs, in their order; default: all columns of numbers that are no targets. */
  readonly inputs?: readonly string[];
  /** Column or columns that are the targets. */
  readonly targets: string | readonly string[];
}

/**
 * Samples from a table in an Arrow file, stream or Feather V2 file, uncompressed: a row a sample. Columns of integers,
 * float32, float64 and booleans count one number, lists of fixed size of these as many as they are long; they are read
 * as float32. Other columns may be there and are passed over.
 *
 * @example
 * const data = await readArrowSamples('wine.arrow', { inputs: ['acid', 'sugar'], targets: 'grade' });
 * train({ task: tabular(data, { testSamples: 200 }), model: mlp(), learningRate: 0.1, steps: 500 });
 *
 * @throws {MalformedFileError} naming the file, the byte and what was expected there.
 * @throws {RangeError} naming the file and the column that is missing, not of numbers, or null in some row.
 */
export async function readArrowSamples(file: string, columns: ArrowSampleColumns): Promise<Dataset> {
  const bytes = await readBytes(file, 'an Arrow file');
  const messages = [...messagesOf(bytes, file)];
  const announced = messages[0]?.message;
  if (announced?.isSchema()) messages.shift();
  const schema = announced?.isSchema() ? announced.header() : schemaOfFooter(bytes);
  if (schema === undefined) throw new MalformedFileError(file, 0, 'expected an Arrow schema');
  const chosen = chosenColumns(schema, columns, file);
  const inputs: Float32Array[] = [];
  const targets: Float32Array[] = [];
  let size = 0;
  for (const { message, body, position } of messages) {
    const fail = (expected: string) => new MalformedFileError(file, position, expected);
    if (message.isSchema()) throw fail('expected a batch of rows');
    const batch = (message as Message<MessageHeader.RecordBatch>).header();
    if (batch.compression !== null) throw fail('expected a batch without compression');
    const rows = batch.length;
    if (!(rows >= 0 && rows <= body.length * 8))
      throw fail(`expected no more rows than the batch has bits, found ${rows}`);
    const read = (parts: readonly ChosenColumn[]) => gathered(parts, batch, body, size, file, fail);
    inputs.push(read(chosen.inputs));
    targets.push(read(chosen.targets));
    size += rows;
  }
  if (size === 0) throw new RangeError(`${file}: no rows: expected some samples`);
  const width = (parts: readonly ChosenColumn[]) => parts.reduce((sum, { type }) => sum + type.width, 0);
  return {
    inputs: joined(inputs),
    targets: joined(targets),
    size,
    dimension: width(chosen.inputs),
    outputs: width(chosen.targets),
  };
}

/** Length of the footer, and the magic bytes without padding. */
const footerEnd = 10;

interface FoundMessage {
  readonly message: Message;
  readonly body: Uint8Array;
  readonly position: number;
}

/** Of a file: some writers, the one for JavaScript among them, have the schema nowhere else. */
function schemaOfFooter(bytes: Uint8Array): Schema | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - footerEnd;
  if (end < magic.length || Buffer.compare(bytes.subarray(end + 4), magic.subarray(0, 6)) !== 0) return undefined;
  const length = view.getInt32(end, true);
  if (length <= 0 || length > end - magic.length) return undefined;
  const footer = bytes.subarray(end - length, end);
  if (!footerWithinBudget(footer)) return undefined;
  try {
    return Footer.decode(footer).schema;
  } catch {
    return undefined;
  }
}

/** The messages of a stream, or of a file, which is a stream between magic bytes. */
function* messagesOf(bytes: Uint8Array, file: string): Generator<FoundMessage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = Buffer.compare(bytes.subarray(0, magic.length), magic) === 0 ? magic.length : 0;
  while (position + 8 <= bytes.length) {
    const fail = (expected: string) => new MalformedFileError(file, position, expected);
    if (view.getInt32(position, true) !== -1) throw fail('expected the beginning of an Arrow message');
    const length = view.getInt32(position + 4, true);
    if (length === 0) return;
    const begin = position + 8;
    if (length < 0 || begin + length > bytes.length) throw fail('expected a whole message, the file is cut off');
    const metadata = bytes.subarray(begin, begin + length);
    if (!withinBudget(metadata))
      throw fail('expected a schema or a batch of rows; dictionary-encoded columns are not read');
    let message: Message;
    try {
      message = Message.decode(metadata);
      message.header();
    } catch (error) {
      throw fail(`expected readable metadata (${(error as Error).message})`);
    }
    const end = begin + length + message.bodyLength;
    if (!(message.bodyLength >= 0 && end <= bytes.length)) throw fail('expected a whole message, the file is cut off');
    yield { message, body: bytes.subarray(begin + length, end), position };
    position = end;
  }
}

interface ChosenColumn {
  readonly name: string;
  readonly type: NumberType;
  /** Its first node and buffer in a batch. */
  readonly node: number;
  readonly buffer: number;
}

function chosenColumns({ fields }: Schema, { inputs, targets }: ArrowSampleColumns, file: string) {
  const places = new Map<string, ChosenColumn | string>();
  let node = 0;
  let buffer = 0;
  for (const field of fields as readonly (Field | undefined)[]) {
    const layout = field?.type == null ? undefined : layoutOf(field);
    if (field === undefined || layout === undefined)
      throw new RangeError(`${file}: column '${field?.name}': its type ${field?.type} is not read`);
    const { name, type } = field;
    const numbers = numberType(type);
    places.set(name, numbers === undefined ? String(type) : { name, type: numbers, node, buffer });
    node += layout.nodes;
    buffer += layout.buffers;
  }
  const chosen = (names: readonly string[]) =>
    names.map((name) => {
      const place = places.get(name);
      if (typeof place === 'object') return place;
      const problem = place === undefined ? 'not there' : `of type ${place}`;
      const numbers = [...places].filter(([, other]) => typeof other === 'object').map(([other]) => `'${other}'`);
      throw new RangeError(
        `${file}: column '${name}' is ${problem}: expected one of ${numbers.slice(0, 20).join(', ')}`,
      );
    });
  const ofTargets = typeof targets === 'string' ? [targets] : targets;
  if (ofTargets.length === 0) throw new RangeError(`${file}: targets = []: expected at least one column`);
  const ofInputs =
    inputs ?? [...places.keys()].filter((name) => typeof places.get(name) === 'object' && !ofTargets.includes(name));
  if (ofInputs.length === 0) throw new RangeError(`${file}: inputs = []: expected at least one column of numbers`);
  return { inputs: chosen(ofInputs), targets: chosen(ofTargets) };
}

/** The numbers of some columns of a batch, a row after the other. */
function gathered(
  columns: readonly ChosenColumn[],
  batch: RecordBatch,
  body: Uint8Array,
  before: number,
  file: string,
  fail: (expected: string) => Error,
): Float32Array {
  const rows = batch.length;
  const width = columns.reduce((sum, { type }) => sum + type.width, 0);
  const values = new Float32Array(rows * width);
  const buffer = (index: number, atLeast: number): Uint8Array => {
    const region = batch.buffers[index];
    if (
      region === undefined ||
      region.offset < 0 ||
      region.length < atLeast ||
      region.offset + region.length > body.length
    )
      throw fail(`expected ${atLeast} bytes in buffer ${index} of the batch`);
    return body.subarray(region.offset, region.offset + region.length);
  };
  let at = 0;
  for (const { name, type, node, buffer: firstBuffer } of columns) {
    const count = rows * type.width;
    const checkNulls = (nodeIndex: number, bufferIndex: number, slots: number) => {
      const found = batch.nodes[nodeIndex];
      if (found?.length !== slots) throw fail(`expected ${slots} slots in column '${name}'`);
      if (found.nullCount === 0) return;
      const valid = buffer(bufferIndex, Math.ceil(slots / 8));
      for (let slot = 0; slot < slots; slot++) {
        if ((valid[slot >> 3]! >> (slot & 7)) & 1) continue;
        const row = before + Math.floor((slot * rows) / slots);
        throw new RangeError(`${file}: column '${name}' is null in row ${row}: expected a number`);
      }
    };
    checkNulls(node, firstBuffer, rows);
    if (type.list) checkNulls(node + 1, firstBuffer + 1, count);
    const read = type.reader(buffer(firstBuffer + (type.list ? 2 : 1), type.bytes(count)));
    for (let row = 0; row < rows; row++) {
      for (let entry = 0; entry < type.width; entry++)
        values[row * width + at + entry] = read(row * type.width + entry);
    }
    at += type.width;
  }
  return values;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
