import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../training/checkpoint.ts';
import { checkpointOf } from './checkpointBytes.ts';
import { UnreadableCheckpointError } from './unreadableCheckpointError.ts';

/** Name of the file of a step: sorted by name they are sorted by step. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(9, '0')}.safetensors`;
}

/** The steps that a folder has checkpoints of, ascending; none when there is no folder. */
export async function stepsIn(folder: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return names
    .map((name) => /^step-(\d{9,})\.safetensors$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Reads a checkpoint: a file, or of a folder that `writeCheckpoints` fills the newest that is whole.
 * @param onDamaged told of newer ones in the folder that are not whole
 * @throws {UnreadableCheckpointError} for a file that is not a whole checkpoint, or a folder without one.
 */
export async function readCheckpoint(
  path: string,
  onDamaged: (error: UnreadableCheckpointError) => void = () => {},
): Promise<Checkpoint> {
  if (!(await isFolder(path))) return readFileOf(path);
  const steps = await stepsIn(path);
  for (const step of steps.reverse()) {
    try {
      return await readFileOf(join(path, checkpointName(step)));
    } catch (error) {
      if (!(error instanceof UnreadableCheckpointError)) throw error;
      onDamaged(error);
    }
  }
  const what = steps.length === 0 ? 'there is none in this folder' : 'none in this folder is whole';
  throw new UnreadableCheckpointError(path, what);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UnreadableCheckpointError(path, code === 'ENOENT' ? 'there is no such file or folder' : message, error);
  }
}

async function readFileOf(path: string): Promise<Checkpoint> {
  try {
    return checkpointOf(await readFile(path));
  } catch (error) {
    throw new UnreadableCheckpointError(path, (error as Error).message, error);
  }
}
