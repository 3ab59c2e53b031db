import * as fs from 'node:fs';
import { MetadataVersion } from 'apache-arrow';
import { FileBlock, Footer } from 'apache-arrow/ipc/metadata/file';
import type { Disk } from '../../src/formats/arrow/disk.ts';
import { magic, type WholeBatches } from '../../src/formats/arrow/fileParts.ts';
import { endOfStream } from '../../src/formats/arrow/message.ts';
import type { Place } from './place.ts';

/**
 * Writes whole batches to a place in the random-access format: the same messages between magic bytes, with a footer
 * that says where each batch is. It is made beside the path, synced, and moved in, so that at every instant
 * the path holds the one or the other. Needs room for a second copy while it lasts.
 */
export async function finishInto(place: Place, batches: WholeBatches, disk: Disk): Promise<void> {
  const { fd, temporary } = place.createBeside();
  try {
    try {
      let position = await append(disk, fd, 0, magic);
      position = await copy(disk, fd, position, batches);
      await append(disk, fd, position, tail(batches));
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

async function append(disk: Disk, fd: number, position: number, bytes: Uint8Array): Promise<number> {
  await disk.write(fd, bytes, position);
  return position + bytes.length;
}

async function copy(disk: Disk, fd: number, to: number, batches: WholeBatches): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(1 << 20, batches.end - batches.begin));
  let position = to;
  for (let from = batches.begin; from < batches.end; ) {
    const part = buffer.subarray(0, Math.min(buffer.length, batches.end - from));
    if ((await disk.read(batches.fd, part, from)) < part.length)
      throw new Error('the file became shorter: expected that only this program writes to it');
    position = await append(disk, fd, position, part);
    from += part.length;
  }
  return position;
}

/** All that follows the last batch: the end of the stream, the footer, its length, the magic bytes. */
function tail({ begin, schema, blocks }: WholeBatches): Uint8Array {
  const fileBlocks = blocks.map(
    ({ position, metadataLength, bodyLength }) =>
      new FileBlock(metadataLength, bodyLength, position - begin + magic.length),
  );
  const footer = Footer.encode(new Footer(schema, MetadataVersion.V5, fileBlocks, []));
  const length = Buffer.alloc(4);
  length.writeInt32LE(footer.length);
  return Buffer.concat([endOfStream, footer, length, magic.subarray(0, 6)]);
}
