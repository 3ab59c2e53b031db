import * as fs from 'node:fs';
import { MetadataVersion } from 'apache-arrow';
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import { type Block, magic, type WholeBatches } from '../../src/formats/arrow/fileParts.ts';
import { endOfStream } from '../../src/formats/arrow/message.ts';
import { type BatchRows, DamagedTexts, joinedBatch } from './joinedBatch.ts';
import type { Place } from './place.ts';

/** Rows that a batch of a finished file has at most, when it is made of smaller ones. */
export const finishedBatchRows = 1 << 16;
/** Bytes that such a batch has at most: a few times this is what joining needs of memory. */
const joinedBytes = 1 << 24;

/**
 * Writes whole batches to a place in the random-access format: the same rows between magic bytes, with a footer that
 * says where each batch is. A run flushes many small batches while it goes on; neighbours are joined here. It is made
 * beside the path, synced, and moved in, so that at every instant the path holds the one or the other. Needs room
 * for a second copy while it lasts.
 */
export async function finishInto(place: Place, batches: WholeBatches, disk: Disk, mostRows: number): Promise<void> {
  const { fd, temporary } = place.createBeside();
  try {
    try {
      const file = new FileInProgress(fd, disk);
      await file.append(magic);
      await file.copy(batches, batches.begin, batches.blocks[0]?.position ?? batches.end);
      for (const neighbours of joinable(batches.blocks, mostRows)) await file.appendBatch(batches, neighbours);
      await file.append(tail(batches, file.blocks));
      await disk.sync(fd);
    } finally {
      fs.closeSync(fd);
    }
    place.moveIn(temporary);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Batches in their order, those together that make one of bearable size. */
function* joinable(blocks: readonly Block[], mostRows: number): Generator<readonly Block[]> {
  let together: Block[] = [];
  let rows = 0;
  let bytes = 0;
  for (const block of blocks) {
    if (together.length > 0 && (rows + block.rows > mostRows || bytes + block.bodyLength > joinedBytes)) {
      yield together;
      together = [];
      rows = bytes = 0;
    }
    together.push(block);
    rows += block.rows;
    bytes += block.bodyLength;
  }
  if (together.length > 0) yield together;
}

class FileInProgress {
  readonly blocks: Block[] = [];
  readonly #fd: number;
  readonly #disk: Disk;
  #end = 0;

  constructor(fd: number, disk: Disk) {
    this.#fd = fd;
    this.#disk = disk;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#disk.write(this.#fd, bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Copies a stretch of another file, a piece at a time. */
  async copy({ fd }: WholeBatches, begin: number, end: number): Promise<void> {
    for (let from = begin; from < end; from += 1 << 20)
      await this.append(await this.#read(fd, from, Math.min(1 << 20, end - from)));
  }

  async appendBatch(batches: WholeBatches, neighbours: readonly Block[]): Promise<void> {
    if (neighbours.length === 1) {
      const [block] = neighbours as readonly [Block];
      const position = this.#end;
      await this.copy(batches, block.position, block.position + block.metadataLength + block.bodyLength);
      this.blocks.push({ ...block, position });
      return;
    }
    const pieces: BatchRows[] = [];
    for (const { position, metadataLength, bodyLength } of neighbours)
      pieces.push({ message: await this.#read(batches.fd, position, metadataLength + bodyLength) });
    try {
      const { bytes, metadataLength, bodyLength } = joinedBatch(batches.schema, pieces);
      const rows = neighbours.reduce((sum, block) => sum + block.rows, 0);
      this.blocks.push({ position: this.#end, metadataLength, bodyLength, rows });
      await this.append(bytes);
    } catch (error) {
      if (!(error instanceof DamagedTexts)) throw error;
      // The other values are of use: each batch stays as it is.
      for (const block of neighbours) await this.appendBatch(batches, [block]);
    }
  }

  async #read(fd: number, position: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    if ((await this.#disk.read(fd, bytes, position)) < length)
      throw new Error('the file became shorter: expected that only this program writes to it');
    return bytes;
  }
}

/** All that follows the last batch: the end of the stream, the footer, its length, the magic bytes. */
function tail({ schema }: WholeBatches, blocks: readonly Block[]): Uint8Array {
  const fileBlocks = blocks.map(
    ({ position, metadataLength, bodyLength }) => new FileBlock(metadataLength, bodyLength, position),
  );
  const footer = Footer.encode(new Footer(schema, MetadataVersion.V5, fileBlocks, []));
  const length = Buffer.alloc(4);
  length.writeInt32LE(footer.length);
  return Buffer.concat([endOfStream, footer, length, magic.subarray(0, 6)]);
}
