import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { CannotWriteError } from '../../sinks/arrow/cannotWriteError.ts';

const Line = z.object({
  key: z.string(),
  name: z.string(),
  parameters: z.record(z.string(), z.json()),
  seconds: z.number(),
  file: z.string().nullable(),
  result: z.record(z.string(), z.json()).optional(),
  error: z.string().optional(),
});

/** How every line begins. */
const opening = '{"key":"';

/** A line of the file: a run that is over, with its result or its error. */
export type ResultLine = z.output<typeof Line>;

/**
 * The results of a sweep, a line of JSON a run: each is on the disk before the next is told, so that a sweep that was
 * killed goes on where it was. A last line that a kill has cut off is dropped; whatever else is no result is an error,
 * as it may be a file of somebody else.
 */
export class ResultsFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #finished = new Map<string, ResultLine>();

  /**
   * @throws {CannotWriteError} naming the path
   * @throws {Error} naming path and line, when the file is no results of a sweep
   */
  constructor(path: string) {
    this.#path = path;
    try {
      makeFolder(dirname(resolve(path)));
      if (existsSync(path)) this.#read(path);
      this.#descriptor = openSync(path, 'a');
      syncDirectory(dirname(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw new CannotWriteError(path, error);
    }
  }

  /** The run with that key, if it has finished; failed ones are to be run again. */
  finished(key: string): ResultLine | undefined {
    return this.#finished.get(key);
  }

  /** @throws {CannotWriteError} for a full disk, for example */
  append(line: ResultLine): void {
    try {
      writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
      fsyncSync(this.#descriptor);
    } catch (error) {
      throw new CannotWriteError(this.#path, error);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(path: string): void {
    const bytes = readFileSync(path);
    const whole = bytes.lastIndexOf('\n') + 1;
    const lines = bytes.subarray(0, whole).toString().split('\n').slice(0, -1);
    for (const [index, text] of lines.entries()) {
      const line = parsed(text);
      if (line === undefined) throw new Error(`sweep: ${path}: line ${index + 1} is not the result of a run`);
      if (line.result !== undefined) this.#finished.set(line.key, line);
    }
    const cutOff = bytes.subarray(whole).toString();
    if (!cutOff.startsWith(opening) && !opening.startsWith(cutOff))
      throw new Error(`sweep: ${path}: line ${lines.length + 1} is not the result of a run`);
    if (whole < bytes.length) truncateSync(path, whole);
  }
}

function parsed(text: string): ResultLine | undefined {
  try {
    return Line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Node's own recursive mkdir never returns for a place that takes no entries, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have been quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** So that the name of a new file survives a power failure as well; not every system can. */
function syncDirectory(path: string): void {
  try {
    const descriptor = openSync(path, 'r');
    fsyncSync(descriptor);
    closeSync(descriptor);
  } catch {
    // Windows opens no directories.
  }
}
