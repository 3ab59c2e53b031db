import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** What Onager says and hears of an `Event`: scalars by tag, and texts. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** `brain.Event:2` in the first record of every file. */
  readonly fileVersion?: string;
  readonly scalars: readonly (readonly [tag: string, value: number])[];
  /** Markdown, shown on the page's text tab. */
  readonly texts: readonly (readonly [tag: string, text: string])[];
}

/**
 * Field numbers. Source: tensorflow/core/util/event.proto, tensorflow/core/framework/{summary,tensor,types}.proto and
 * tensorboard/plugins/text/metadata.py.
 */
const event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const summaryValues = 1;
const value = { tag: 1, simpleValue: 2, tensor: 8, metadata: 9 } as const;
const tensor = { type: 1, shape: 2, content: 4, float: 5, double: 6, int: 7, string: 8, int64: 10 } as const;
const types = { float: 1, double: 2, int32: 3, string: 7, int64: 9 } as const;
const pluginData = 1;
const pluginName = 1;
const dimension = 2;
const dimensionSize = 1;

/** The bytes of an event. Scalars are float32, as everywhere in TensorBoard. */
export function encodeEvent({ wallTime, step, fileVersion, scalars, texts }: TensorBoardEvent): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(event.wallTime, WireType.Bit64).double(wallTime);
  writer.tag(event.step, WireType.Varint).int64(step);
  if (fileVersion !== undefined) writer.tag(event.fileVersion, WireType.LengthDelimited).string(fileVersion);
  if (scalars.length + texts.length === 0) return writer.finish();
  writer.tag(event.summary, WireType.LengthDelimited).fork();
  for (const [tag, number] of scalars) {
    writer.tag(summaryValues, WireType.LengthDelimited).fork();
    writer.tag(value.tag, WireType.LengthDelimited).string(tag);
    writer.tag(value.simpleValue, WireType.Bit32).float(Math.fround(number));
    writer.join();
  }
  for (const [tag, text] of texts) {
    writer.tag(summaryValues, WireType.LengthDelimited).fork();
    writer.tag(value.tag, WireType.LengthDelimited).string(tag);
    writeText(writer, text);
    writer.join();
  }
  return writer.join().finish();
}

/** A text is a tensor of one string, with the name of the plugin that shows it. */
function writeText(writer: BinaryWriter, text: string): void {
  writer.tag(value.metadata, WireType.LengthDelimited).fork();
  writer.tag(pluginData, WireType.LengthDelimited).fork();
  writer.tag(pluginName, WireType.LengthDelimited).string('text');
  writer.join().join();
  writer.tag(value.tensor, WireType.LengthDelimited).fork();
  writer.tag(tensor.type, WireType.Varint).int32(types.string);
  writer.tag(tensor.shape, WireType.LengthDelimited).fork();
  writer.tag(dimension, WireType.LengthDelimited).fork();
  writer.tag(dimensionSize, WireType.Varint).int64(1);
  writer.join().join();
  writer.tag(tensor.string, WireType.LengthDelimited).string(text);
  writer.join();
}

/**
 * The scalars of an event, as `simple_value` (TensorFlow 1, PyTorch) or as tensors of one number (TensorFlow 2). What is
 * no scalar (pictures, histograms, texts) is passed over.
 * @throws {Error} when the bytes are no event.
 */
export function decodeEvent(bytes: Uint8Array): Omit<TensorBoardEvent, 'texts'> {
  const reader = new BinaryReader(bytes);
  const scalars: [string, number][] = [];
  let wallTime = 0;
  let step = 0;
  let fileVersion: string | undefined;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === event.wallTime && wire === WireType.Bit64) wallTime = reader.double();
    else if (field === event.step && wire === WireType.Varint) step = Number(reader.int64());
    else if (field === event.fileVersion && wire === WireType.LengthDelimited) fileVersion = reader.string();
    else if (field === event.summary && wire === WireType.LengthDelimited) readSummary(reader.bytes(), scalars);
    else reader.skip(wire, field);
  }
  return { wallTime, step, scalars, ...(fileVersion === undefined ? {} : { fileVersion }) };
}

function readSummary(bytes: Uint8Array, scalars: [string, number][]): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === summaryValues && wire === WireType.LengthDelimited) {
      const scalar = readValue(reader.bytes());
      if (scalar !== undefined) scalars.push(scalar);
    } else reader.skip(wire, field);
  }
}

function readValue(bytes: Uint8Array): [string, number] | undefined {
  const reader = new BinaryReader(bytes);
  let tag = '';
  let number: number | undefined;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === value.tag && wire === WireType.LengthDelimited) tag = reader.string();
    else if (field === value.simpleValue && wire === WireType.Bit32) number = reader.float();
    else if (field === value.tensor && wire === WireType.LengthDelimited) number = readScalarTensor(reader.bytes());
    else reader.skip(wire, field);
  }
  return tag === '' || number === undefined ? undefined : [tag, number];
}

/** The one number of a tensor; undefined for any other tensor. */
function readScalarTensor(bytes: Uint8Array): number | undefined {
  const reader = new BinaryReader(bytes);
  const numbers: number[] = [];
  let type = 0;
  let content: Uint8Array | undefined;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === tensor.type && wire === WireType.Varint) type = reader.int32();
    else if (field === tensor.content && wire === WireType.LengthDelimited) content = reader.bytes();
    else if (field === tensor.float) numbers.push(...repeated(reader, wire, WireType.Bit32, () => reader.float()));
    else if (field === tensor.double) numbers.push(...repeated(reader, wire, WireType.Bit64, () => reader.double()));
    else if (field === tensor.int) numbers.push(...repeated(reader, wire, WireType.Varint, () => reader.int32()));
    else if (field === tensor.int64)
      numbers.push(...repeated(reader, wire, WireType.Varint, () => Number(reader.int64())));
    else reader.skip(wire, field);
  }
  if (content !== undefined && numbers.length === 0) return numberOfContent(content, type);
  return numbers.length === 1 ? numbers[0] : undefined;
}

/** Numbers of a repeated field, packed into one piece or each with its own tag. */
function repeated(reader: BinaryReader, wire: WireType, single: WireType, read: () => number): number[] {
  if (wire === single) return [read()];
  if (wire !== WireType.LengthDelimited) throw new Error(`wire type ${wire}: expected numbers`);
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new Error('a list of numbers is longer than its message');
  // More than one is no scalar; all are read to come to the end of the field.
  const numbers: number[] = [];
  while (reader.pos < end) {
    const number = read();
    if (numbers.length < 2) numbers.push(number);
  }
  return numbers;
}

function numberOfContent(content: Uint8Array, type: number): number | undefined {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  if (type === types.float && content.length === 4) return view.getFloat32(0, true);
  if (type === types.double && content.length === 8) return view.getFloat64(0, true);
  if (type === types.int32 && content.length === 4) return view.getInt32(0, true);
  if (type === types.int64 && content.length === 8) return Number(view.getBigInt64(0, true));
  return undefined;
}
