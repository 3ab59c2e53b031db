import * as fs from 'node:fs';
import { promisify } from 'node:util';

/** The few operations on an open file that a run needs, so that a test can fill the disk. */
export interface Disk {
  /** Writes all bytes at a position, and nothing less. */
  write(fd: number, bytes: Uint8Array, position: number): Promise<void>;
  /** The same, before it returns: for the moments in which there is no later. */
  writeNow(fd: number, bytes: Uint8Array, position: number): void;
  /** Reads until the buffer is full or the file ends; resolves to the number of bytes read. */
  read(fd: number, into: Uint8Array, position: number): Promise<number>;
  /** The same, before it returns: when a file is taken up again. */
  readNow(fd: number, into: Uint8Array, position: number): number;
  /** Resolves once the bytes would survive a power failure. */
  sync(fd: number): Promise<void>;
}

const write = promisify(fs.write);
const read = promisify(fs.read);
const fdatasync = promisify(fs.fdatasync);

export const disk: Disk = {
  async write(fd, bytes, position) {
    // A nearly full disk takes a part first, and tells of its state with the next write.
    for (let done = 0; done < bytes.length; )
      done += (await write(fd, bytes, done, bytes.length - done, position + done)).bytesWritten;
  },
  writeNow(fd, bytes, position) {
    for (let done = 0; done < bytes.length; )
      done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
  },
  async read(fd, into, position) {
    let done = 0;
    while (done < into.length) {
      const { bytesRead } = await read(fd, into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  },
  readNow(fd, into, position) {
    let done = 0;
    while (done < into.length) {
      const bytesRead = fs.readSync(fd, into, done, into.length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  },
  sync: fdatasync,
};
