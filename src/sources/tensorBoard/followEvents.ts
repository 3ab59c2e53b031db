import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEvent, type TensorBoardEvent } from '../../formats/tensorBoard/event.ts';
import { type Frame, FrameReader } from '../../formats/tensorBoard/recordFrame.ts';
import { pause } from '../textLines/followFile.ts';

/** What one look at the files brought. */
export interface EventPiece {
  readonly file: string;
  readonly events: readonly Omit<TensorBoardEvent, 'texts'>[];
  /** What could not be read, and where. */
  readonly damage: readonly { readonly position: number; readonly reason: string }[];
  /** There is no file yet. */
  readonly waiting?: boolean;
  /** The file is shorter than what was read of it: it begins anew. */
  readonly restarted?: boolean;
  /** Nothing has come since the last look. */
  readonly idle?: boolean;
}

export interface FollowEventsOptions {
  readonly follow: boolean;
  readonly poll: number;
  readonly signal: AbortSignal;
}

const chunkBytes = 1 << 18;

/**
 * The events of a file, or of all event files of a folder in the order of their names, which begin with the second in
 * which they were made. A writer that is resumed begins another file: the last one is followed until there is a later.
 * @throws {Error} when a folder has no event file and is not followed, or only folders that have some
 */
export async function* followEvents(path: string, options: FollowEventsOptions): AsyncGenerator<EventPiece> {
  const { follow, poll, signal } = options;
  let last: string | undefined;
  for (let told = false; !signal.aborted; ) {
    const next = (await eventFiles(path, follow)).find((file) => last === undefined || file > last);
    if (next !== undefined) {
      last = next;
      yield* followOne(next, path, options);
      if (next === path) return;
      continue;
    }
    if (!follow) return;
    if (last === undefined && !told) yield { file: path, events: [], damage: [], waiting: true };
    told = true;
    await pause(poll, signal);
  }
}

/** Whether a path looks like something of TensorBoard's: an event file, or a folder with some. */
export async function isTensorBoard(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) return (await namesIn(path)).length > 0 || (await foldersWithEvents(path)).length > 0;
  return isEventFile(path.slice(path.lastIndexOf('/') + 1));
}

async function eventFiles(path: string, follow: boolean): Promise<string[]> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (follow && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (there === undefined) return [];
  if (!there.isDirectory()) return [path];
  const names = await namesIn(path);
  if (names.length > 0) return names.map((name) => join(path, name));
  const folders = await foldersWithEvents(path);
  if (folders.length > 0)
    throw new Error(`there are runs in folders of it (${folders.slice(0, 8).join(', ')}): expected the folder of one`);
  if (!follow) throw new Error('there is no event file in it: expected one named like events.out.tfevents.*');
  return [];
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(isEventFile).sort();
}

async function foldersWithEvents(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && (await namesIn(join(folder, entry.name))).length > 0) found.push(entry.name);
  }
  return found.sort();
}

function isEventFile(name: string): boolean {
  return name.includes('tfevents');
}

/** One file, until the end, or until a later one is there and this one has been read to its end. */
async function* followOne(file: string, path: string, options: FollowEventsOptions): AsyncGenerator<EventPiece> {
  const { follow, poll, signal } = options;
  const handle = await open(file, 'r');
  try {
    let reader = new FrameReader();
    let position = 0;
    const buffer = Buffer.alloc(chunkBytes);
    for (let lastLook = false; !signal.aborted; ) {
      const restarted = await isShorter(handle, position);
      if (restarted) {
        reader = new FrameReader();
        position = 0;
      }
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
      position += bytesRead;
      if (bytesRead > 0) {
        yield { file, ...readFrames(reader.push(buffer.subarray(0, bytesRead))), ...(restarted ? { restarted } : {}) };
        lastLook = false;
        continue;
      }
      if (lastLook || !follow) {
        if (reader.partial)
          yield { file, events: [], damage: [{ position: reader.position, reason: 'the last record is cut off' }] };
        return;
      }
      yield { file, events: [], damage: [], idle: true };
      const later = file !== path && (await eventFiles(path, true)).some((other) => other > file);
      // What was written between the last look and the beginning of the next file is read first.
      if (later) lastLook = true;
      else await pause(poll, signal);
    }
  } finally {
    await handle.close();
  }
}

async function isShorter(handle: FileHandle, position: number): Promise<boolean> {
  return (await handle.stat()).size < position;
}

function readFrames(frames: readonly Frame[]): Pick<EventPiece, 'events' | 'damage'> {
  const events: Omit<TensorBoardEvent, 'texts'>[] = [];
  const damage: { position: number; reason: string }[] = [];
  for (const frame of frames) {
    const { kind, position } = frame;
    if (kind === 'lost')
      damage.push({ position, reason: 'the length of a record has a bad checksum: what follows is passed over' });
    else if (kind === 'damaged')
      damage.push({ position, reason: 'the data of a record have a bad checksum: passed over' });
    else if (kind === 'record') {
      try {
        events.push(decodeEvent(frame.data));
      } catch (error) {
        damage.push({ position, reason: `a record is no event (${(error as Error).message}): passed over` });
      }
    }
  }
  return { events, damage };
}
