import { ArrowTable } from './arrowTable.ts';
import type { GivenFile } from './givenFiles.ts';
import type { Recording } from './recording.ts';

/** What files that were given together hold. */
export interface Recordings {
  readonly recordings: readonly Recording[];
  /** A sentence for each file, or pair of them, that is of no use. */
  readonly refused: readonly string[];
}

interface GivenTable {
  readonly table: ArrowTable;
  readonly folder: string;
}

/** Finds the runs among files: each a run in one file, or the two tables of a run folder, whatever their names. */
export async function recordingsIn(files: readonly GivenFile[]): Promise<Recordings> {
  const refused: string[] = [];
  const given: GivenTable[] = [];
  for (const { file, folder } of files) {
    try {
      given.push({ table: await ArrowTable.open(file, pathOf(folder, file.name)), folder });
    } catch (error) {
      refused.push(error instanceof Error ? error.message : String(error));
    }
  }
  const steps = given.filter(({ table }) => table.eventPlaces === undefined);
  const events = given.filter(({ table }) => table.eventPlaces !== undefined);
  const recordings: Recording[] = [];
  const alone: GivenTable[] = [];
  for (const rows of steps) {
    const theirs = events.filter((table) => belong(rows, table));
    // Of a run folder and its copy each has its own.
    const event = theirs.find(({ folder }) => folder === rows.folder) ?? theirs[0];
    if (event === undefined && rows.table.pair !== undefined) alone.push(rows);
    else recordings.push({ name: nameOf(rows, event !== undefined), steps: rows.table, events: event?.table });
  }
  const unclaimed = events.filter((event) => !steps.some((rows) => belong(rows, event)));
  for (const folder of new Set([...alone, ...unclaimed].map((table) => table.folder))) {
    const rowsHere = alone.filter((table) => table.folder === folder);
    const eventsHere = unclaimed.filter((table) => table.folder === folder);
    if (rowsHere.length > 0 && eventsHere.length > 0) refused.push(notOfOneRun([...rowsHere, ...eventsHere]));
    else if (eventsHere.length > 0) refused.push(...eventsHere.map(eventsAlone));
    else recordings.push(...rowsHere.map((rows) => ({ name: nameOf(rows, false), steps: rows.table })));
  }
  return { recordings, refused };
}

function belong({ table: rows }: GivenTable, { table: events }: GivenTable): boolean {
  return rows.pair !== undefined && rows.pair === events.pair;
}

function notOfOneRun(tables: readonly GivenTable[]): string {
  const named = tables.map(({ table }) => `${table.name} (of '${table.run}')`);
  return `${named.slice(0, -1).join(', ')} and ${named.at(-1)} were not written together: expected the two tables of one run folder`;
}

function eventsAlone({ table }: GivenTable): string {
  return `${table.name} has only the events of '${table.run}': expected the table of its steps (steps.arrows) with it`;
}

/** Of a run folder that is known: its name. */
function nameOf({ table, folder }: GivenTable, both: boolean): string {
  return both && folder !== '' ? folder.slice(folder.lastIndexOf('/') + 1) : table.name;
}

function pathOf(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}
