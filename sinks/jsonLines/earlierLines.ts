import * as fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { isDeepStrictEqual } from 'node:util';
import { disk } from '../../src/formats/arrow/disk.ts';
import { headerKey, runOfHeader } from '../../src/formats/jsonLines/header.ts';
import type { Run } from '../../src/run.ts';
import { CannotWriteError } from '../arrow/cannotWriteError.ts';
import type { Place } from '../arrow/place.ts';

/** Bytes that are read at a time. */
const pieceBytes = 1 << 18;

/**
 * Makes the beginning of an appended file out of one that is there: the lines of steps before the first new row, as they
 * stand. A last line that a crash cut short goes. It is written beside and moved in, so that a crash leaves the old file
 * or the new one.
 *
 * @param header the first line, when the file is to have one
 * @returns rows that were kept; undefined when there is no file
 * @throws {CannotWriteError} when it has other columns, naming the first, or other lines, or the new one cannot be made; it is
 * left as it is then
 */
export function keepEarlierLines(
  place: Place,
  run: Run,
  header: string | undefined,
  before: number,
  saved: number | undefined,
): number | undefined {
  if (!fs.existsSync(place.path)) return undefined;
  let made: ReturnType<Place['createBeside']> | undefined;
  try {
    made = place.createBeside();
    let rows = 0;
    let position = 0;
    let kept = header === undefined ? '' : `${header}\n`;
    const write = () => {
      const bytes = Buffer.from(kept);
      disk.writeNow(made!.fd, bytes, position);
      position += bytes.length;
      kept = '';
    };
    let number = 0;
    for (const line of linesOf(place.path)) {
      const step = stepOf(line, ++number, run);
      if (step === undefined || step >= before) continue;
      rows++;
      kept += `${line}\n`;
      if (kept.length >= pieceBytes) write();
    }
    write();
    if (saved !== undefined && rows !== saved)
      throw new Error(
        `it has ${rows} whole rows before step ${before}, and had ${saved}: expected the file of the run that was saved`,
      );
    fs.fsyncSync(made.fd);
    place.moveIn(made.temporary);
    return rows;
  } catch (error) {
    if (made !== undefined) fs.rmSync(made.temporary, { force: true });
    throw new CannotWriteError(place.given, error, ', or another path');
  } finally {
    if (made !== undefined) fs.closeSync(made.fd);
  }
}

/** The lines that have a line end; what follows the last one was cut short. */
function* linesOf(path: string): Generator<string> {
  const fd = fs.openSync(path, 'r');
  try {
    const decoder = new StringDecoder('utf8');
    const piece = Buffer.alloc(pieceBytes);
    let begun = '';
    for (let read = fs.readSync(fd, piece); read > 0; read = fs.readSync(fd, piece)) {
      const lines = (begun + decoder.write(piece.subarray(0, read))).split('\n');
      begun = lines.pop()!;
      yield* lines;
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** The step of a row; undefined for a header. @throws {Error} for one of other columns, and for a line that is neither */
function stepOf(line: string, number: number, run: Run): number | undefined {
  const fields = objectIn(line);
  if (fields !== undefined && headerKey in fields) {
    checkSameColumns(runOfHeader(fields)!, run);
    return undefined;
  }
  if (typeof fields?.step !== 'number')
    throw new Error(`its line ${number} is no row: expected a file that toJsonLines wrote`);
  return fields.step;
}

function objectIn(line: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

function checkSameColumns(there: Run, here: Run): void {
  for (let index = 0; index < Math.max(there.columns.length, here.columns.length); index++) {
    const [old, now] = [there.columns[index], here.columns[index]];
    // As the header has it: what is undefined here is not there.
    if (isDeepStrictEqual(old, now && JSON.parse(JSON.stringify(now)))) continue;
    if (old === undefined) throw new Error(`it has no column '${now!.name}': expected a file of the same columns`);
    if (now?.name !== old.name)
      throw new Error(
        `it has a column '${old.name}' where this run has ${now === undefined ? 'none' : `'${now.name}'`}: expected a file of the same columns`,
      );
    throw new Error(`its column '${old.name}' is another: expected a file of the same columns`);
  }
}
