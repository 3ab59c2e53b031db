import { Message, MessageHeader, type Schema } from 'apache-arrow';
import type { Disk } from './disk.ts';
import { type Block, magic, type WholeBatches } from './fileParts.ts';
import { batchFits, isOurs } from './layout.ts';
import { prefixLength } from './message.ts';
import { withinBudget } from './metadataBudget.ts';

/** What of a file, finished or cut off anywhere, can be read from its beginning. */
export interface Scan extends WholeBatches {
  readonly rows: number;
  /** Whether the batches are followed by the end-of-stream marker. */
  readonly ended: boolean;
  /** Rows that the first unreadable batch says it has; undefined when there is none or it does not say. */
  readonly rowsCutOff: number | undefined;
}

/** More metadata than any schema or batch of ours has: a larger length is damage, not a message. */
const metadataLimit = 1 << 28;

/**
 * Goes through the messages of a stream, or of a file whose footer may be missing, and stops before the first that
 * is not whole. Reads metadata only, whatever the size of the file.
 *
 * @throws {Error} when there is no readable schema: not an Arrow stream at all.
 */
export function scan(fd: number, size: number, disk: Disk): Promise<Scan> {
  return answered(scanned(fd, size), fd, disk);
}

/** Goes on where another scan of the same file ended, as the file has grown: what was found before is not read again. */
export function scanOn(earlier: Scan, size: number, disk: Disk): Promise<Scan> {
  return answered(batchesFrom(earlier, size), earlier.fd, disk);
}

async function answered(scanning: Reading<Scan>, fd: number, disk: Disk): Promise<Scan> {
  for (let read = 0; ; ) {
    const { done, value } = scanning.next(read);
    if (done) return value;
    read = await disk.read(fd, value.into, value.position);
  }
}

/** {@link scan} before it returns. */
export function scanNow(fd: number, size: number, disk: Disk): Scan {
  const scanning = scanned(fd, size);
  for (let read = 0; ; ) {
    const { done, value } = scanning.next(read);
    if (done) return value;
    read = disk.readNow(fd, value.into, value.position);
  }
}

/** Bytes that are wanted of a file; the answer is how many there were. */
interface WantedBytes {
  readonly into: Uint8Array;
  readonly position: number;
}

type Reading<T> = Generator<WantedBytes, T, number>;

function* scanned(fd: number, size: number): Reading<Scan> {
  const head = new Uint8Array(magic.length);
  yield { into: head, position: 0 };
  const begin = Buffer.compare(head, magic) === 0 ? magic.length : 0;
  const first = yield* messageAt(begin, size);
  if (first === undefined || first === 'end' || !first.message.isSchema() || !first.whole)
    throw new Error('no Arrow schema at its beginning: expected a file that toArrow wrote');
  const schema: Schema = first.message.header();
  if (!isOurs(schema)) throw new Error('columns of other types than Onager writes: expected a file that toArrow wrote');
  const end = begin + first.length;
  return yield* batchesFrom({ fd, begin, end, schema, blocks: [], rows: 0, ended: false, rowsCutOff: undefined }, size);
}

function* batchesFrom(earlier: Scan, size: number): Reading<Scan> {
  const { schema } = earlier;
  const blocks: Block[] = [...earlier.blocks];
  let { rows } = earlier;
  for (let position = earlier.end; ; ) {
    const found = yield* messageAt(position, size);
    const header =
      typeof found === 'object' && found.message.headerType === MessageHeader.RecordBatch
        ? (found.message as Message<MessageHeader.RecordBatch>).header()
        : undefined;
    const fits =
      typeof found === 'object' && header !== undefined && batchFits(header, schema, found.message.bodyLength);
    if (!fits || !found.whole) {
      const rowsCutOff = fits ? header.length : undefined;
      return { ...earlier, end: position, blocks, rows, ended: found === 'end', rowsCutOff };
    }
    const { metadataLength, message, length } = found;
    blocks.push({ position, metadataLength, bodyLength: message.bodyLength, rows: header.length });
    rows += header.length;
    position += length;
  }
}

interface FoundMessage {
  readonly message: Message;
  readonly metadataLength: number;
  /** Of the whole message. */
  readonly length: number;
  /** Whether the file holds all of it, and its first bytes say so. */
  readonly whole: boolean;
}

function* messageAt(position: number, size: number): Reading<FoundMessage | 'end' | undefined> {
  const prefix = Buffer.alloc(prefixLength);
  if ((yield { into: prefix, position }) < prefixLength) return undefined;
  const marker = prefix.readInt32LE(0);
  const announced = prefix.readInt32LE(4);
  if (marker === -1 && announced === 0) return 'end';
  // A batch whose first bytes are still to be written has zeros there; its metadata may tell its rows nevertheless.
  const begun = marker === 0 && announced === 0;
  if (!begun && (marker !== -1 || announced < 0 || announced > metadataLimit)) return undefined;
  const metadata = Buffer.alloc(Math.min(begun ? 1 << 16 : announced, Math.max(0, size - position - prefixLength)));
  if ((yield { into: metadata, position: position + prefixLength }) < metadata.length) return undefined;
  if (!begun && metadata.length < announced) return undefined;
  if (!withinBudget(metadata)) return undefined;
  try {
    const message = Message.decode(metadata);
    message.header();
    const length = prefixLength + announced + message.bodyLength;
    const whole = !begun && message.bodyLength >= 0 && position + length <= size;
    return { message, metadataLength: prefixLength + announced, length, whole };
  } catch {
    return undefined;
  }
}
