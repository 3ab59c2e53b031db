import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join, parse, resolve } from 'node:path';
import { CannotWriteError } from './cannotWriteError.ts';

/** What to do with a file that is at the path already. */
export type Existing = 'append' | 'error' | 'replace';

/** Where a run goes: a path at which, from the first row on, there always is a readable file. */
export class Place {
  /** As the caller gave it. */
  readonly given: string;
  /** Undefined: to append to for a run that is resumed, else to replace. */
  readonly existing: Existing | undefined;
  /** The file itself, absolute, behind any symbolic link. */
  readonly path: string;

  /**
   * Makes the directories and finds out whether a file can be made there, leaving what is at the path as it is.
   * @throws {CannotWriteError}
   */
  constructor(given: string, existing?: Existing) {
    this.given = given;
    this.existing = existing;
    try {
      const path = resolve(given);
      makeDirectories(dirname(path));
      const there = fs.statSync(path, { throwIfNoEntry: false });
      if (there?.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
      if (there !== undefined && !there.isFile()) throw new Error('it is a device or a pipe: expected a file');
      this.path = there === undefined ? path : fs.realpathSync(path);
      this.#refuseExisting();
      const { fd, temporary } = this.createBeside();
      fs.closeSync(fd);
      fs.unlinkSync(temporary);
    } catch (error) {
      throw error instanceof CannotWriteError ? error : new CannotWriteError(given, error);
    }
  }

  /** An empty file in the same directory, open for reading and writing; hidden, and named after the path. */
  createBeside(): { readonly fd: number; readonly temporary: string } {
    const name = `.${basename(this.path)}.${process.pid}-${randomBytes(4).toString('hex')}.partial`;
    const temporary = join(dirname(this.path), name);
    return { fd: fs.openSync(temporary, 'wx+', 0o666), temporary };
  }

  /** Puts a file that is complete in itself at the path, in one step: a reader sees the old one or the new one. */
  moveIn(temporary: string): void {
    fs.renameSync(temporary, this.path);
    this.#syncDirectory();
  }

  /** As {@link moveIn}, for the first time: this is where an older file goes away. */
  moveInFirst(temporary: string): void {
    this.#refuseExisting();
    this.moveIn(temporary);
  }

  /** Whether the path is still the open file's, that is, not another's. */
  belongsTo(fd: number): boolean {
    const there = fs.statSync(this.path, { throwIfNoEntry: false });
    if (there === undefined) return true;
    const ours = fs.fstatSync(fd);
    return there.ino === ours.ino && there.dev === ours.dev;
  }

  /** A place in the same directory for the same run, should this one have been taken. */
  aside(): Place {
    const { dir, name, ext } = parse(this.path);
    return new Place(join(dir, `${name}.${process.pid}-${randomBytes(4).toString('hex')}${ext}`), 'error');
  }

  #refuseExisting(): void {
    if (this.existing === 'error' && fs.existsSync(this.path))
      throw new CannotWriteError(this.given, new Error("it exists: expected a new path, or { existing: 'replace' }"));
  }

  #syncDirectory(): void {
    // Not every system can open a directory; where it cannot, the rename is as durable as it gets.
    let fd: number;
    try {
      fd = fs.openSync(dirname(this.path), 'r');
    } catch {
      return;
    }
    try {
      fs.fsyncSync(fd);
    } catch {
    } finally {
      fs.closeSync(fd);
    }
  }
}

/** Node's own recursive mkdir never returns for a directory that exists but takes no entries, such as /proc. */
function makeDirectories(directory: string): void {
  if (fs.existsSync(directory)) return;
  makeDirectories(dirname(directory));
  try {
    fs.mkdirSync(directory);
  } catch (error) {
    // Somebody else may have been quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
