import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isRunFolder, pathsIn } from '../../src/formats/arrow/runFolder.ts';
import { type Leftovers, removeLeftovers } from './leftovers.ts';
import { type Recovery, recoverArrow } from './recover.ts';

/** What became of the tables of a run. */
export interface RunRecovery {
  /** The only table of a single file, or that of the steps. */
  readonly steps: Recovery;
  /** The events of a run folder; undefined for a single file, and for a folder that has none. */
  readonly events?: Recovery;
  readonly leftovers: Leftovers;
}

/**
 * {@link recoverArrow} for a run, in a file or in a folder: both tables of a folder are made whole, and what a program
 * that was killed left beside them is removed.
 *
 * @param into where to write instead, a file for a file and a folder for a folder; then nothing is changed at `path`
 * @throws {Error} when a table cannot be read or is no Arrow stream
 * @throws {CannotWriteError} when the result cannot be written
 */
export async function recoverRun(path: string, into?: string): Promise<RunRecovery> {
  const tables = isRunFolder(path) ? pathsIn(path) : { steps: path, events: undefined };
  const targets = into === undefined || tables.events === undefined ? { steps: into } : pathsIn(into);
  const steps = await recoverArrow(tables.steps, targets.steps);
  // A folder that lost its events is of use without.
  const hasEvents = tables.events !== undefined && existsSync(tables.events);
  const events = hasEvents
    ? await recoverArrow(tables.events, 'events' in targets ? targets.events : undefined)
    : undefined;
  const leftovers = into === undefined ? leftoversOf(tables.steps, tables.events) : none;
  return { steps, ...(events === undefined ? {} : { events }), leftovers };
}

const none: Leftovers = { removed: [], kept: [] };

function leftoversOf(...paths: readonly (string | undefined)[]): Leftovers {
  const found = paths.filter((path) => path !== undefined).map((path) => removeLeftovers(resolved(path)));
  return { removed: found.flatMap(({ removed }) => removed), kept: found.flatMap(({ kept }) => kept) };
}

/** Where a file really is, or would be: a table that is not there yet may have been under way. */
function resolved(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}
