import { z } from 'zod';
import { type Column, type ColumnDescription, type ColumnGroup, eventGroups, isGroup } from '../../columns.ts';

/** An event group of a run: the way to it from the row, and its place among the columns of what holds it. */
export interface EventPlace {
  readonly path: readonly string[];
  readonly place: number;
}

/** The key of the schema metadata that ties the two tables of a folder together: a text that no other pair has. */
export const tablesKey = 'onager.tables';

const EventPlaces = z.array(z.object({ path: z.array(z.string()).min(1), place: z.number().int().nonnegative() }));

/** Columns that every event has, whatever its kind: those of its report that many kinds share, and where it came. */
const sharedColumns: readonly Column[] = [
  {
    name: 'row',
    type: 'float64',
    unit: '1',
    meaning: 'number, from 0, of the row of the table of steps that the report came with, or after',
  },
  {
    name: 'detector',
    type: 'utf8',
    unit: '1',
    meaning: 'group of the run that has the report: spikes, catapults, ...; two of them may tell the same rise',
    nullable: true,
  },
  { name: 'kind', type: 'utf8', unit: '1', meaning: 'spike, transition, control, ...' },
  { name: 'state', type: 'utf8', unit: '1', meaning: 'open or closed, where the kind has both', nullable: true },
  { name: 'begin', type: 'float64', unit: 'steps', meaning: 'first step of the event', nullable: true },
  {
    name: 'confirmedAt',
    type: 'float64',
    unit: 'steps',
    meaning: 'step at which this report could be known',
    nullable: true,
  },
  { name: 'verdict', type: 'utf8', unit: '1', meaning: 'what the event was judged to be', nullable: true },
  { name: 'evidence', type: 'utf8', unit: '1', meaning: 'what was seen, in a sentence', nullable: true },
];

/** What somebody asked of the running training. */
const controlGroup: ColumnGroup = {
  name: 'control',
  meaning: 'what was asked of the running training',
  nullable: true,
  columns: [
    { name: 'action', type: 'utf8', unit: '1', meaning: 'pause, resume, checkpoint, stop or setLearningRate' },
    { name: 'value', type: 'float64', unit: 'learning rate', meaning: 'the rate that was set', nullable: true },
  ],
};

/** The columns of a run without its events: those of the table of steps. */
export function stepColumns(columns: readonly ColumnDescription[]): ColumnDescription[] {
  return columns
    .filter((column) => !isEvent(column))
    .map((column) => (isGroup(column) ? { ...column, columns: stepColumns(column.columns) } : column));
}

/**
 * The columns of the table of events: the step, the shared ones, and the run's own groups with nothing left in them but
 * their events, so that `spikes.event.peak` has the same name in either kind of file.
 * @throws {Error} when a group of the run has the name of a shared column
 */
export function eventColumns(columns: readonly ColumnDescription[]): ColumnDescription[] {
  const step = columns.find(({ name }) => name === 'step') ?? {
    name: 'step',
    type: 'int32',
    unit: 'steps',
    meaning: 'step of that row',
  };
  const shared = [step, ...sharedColumns, controlGroup];
  const groups = columns.flatMap(onlyEvents);
  const taken = groups.find(({ name }) => shared.some((column) => column.name === name));
  if (taken !== undefined)
    throw new Error(`the table of events has a column '${taken.name}': expected another name of the group with events`);
  return [...shared, ...groups];
}

function onlyEvents(column: ColumnDescription): ColumnGroup[] {
  if (!isGroup(column)) return [];
  if (isEvent(column)) return [column];
  const columns = column.columns.flatMap(onlyEvents);
  return columns.length === 0 ? [] : [{ name: column.name, meaning: column.meaning, nullable: true, columns }];
}

/** Where the events of a run belong. */
export function eventPlaces(columns: readonly ColumnDescription[]): EventPlace[] {
  return eventGroups(columns).map(({ path }) => {
    const siblings = path.slice(0, -1).reduce((within, name) => membersOf(within, name), columns);
    return { path, place: siblings.findIndex(({ name }) => name === path.at(-1)) };
  });
}

/** @throws {Error} for a text that {@link eventPlaces} as JSON is not */
export function readEventPlaces(text: string | undefined): EventPlace[] {
  try {
    return EventPlaces.parse(JSON.parse(text ?? ''));
  } catch {
    throw new Error("its metadata 'onager.events' is missing or damaged: expected the table of events of a run");
  }
}

/** The columns of a run as they were before its events had a table of their own. */
export function joinedColumns(
  steps: readonly ColumnDescription[],
  events: readonly ColumnDescription[],
  places: readonly EventPlace[],
): ColumnDescription[] {
  const joined = [...steps];
  // In the order of the run, so that each finds those before it in place.
  for (const { path, place } of places) {
    const [name, ...inner] = path as [string, ...string[]];
    const event = events.find((column) => column.name === name);
    if (event === undefined || !isGroup(event)) throw noPlace(path);
    if (inner.length === 0) joined.splice(place, 0, event);
    else {
      const at = joined.findIndex((column) => column.name === name);
      const group = joined[at];
      if (group === undefined || !isGroup(group)) throw noPlace(path);
      const columns = joinedColumns(group.columns, event.columns, [{ path: inner, place }]);
      joined[at] = { ...group, columns };
    }
  }
  return joined;
}

function noPlace(path: readonly string[]): Error {
  return new Error(`its events '${path.join('.')}' have no place in the table of steps: expected that of the same run`);
}

function isEvent(column: ColumnDescription): boolean {
  return isGroup(column) && column.role === 'event';
}

function membersOf(columns: readonly ColumnDescription[], name: string): readonly ColumnDescription[] {
  const group = columns.find((column) => column.name === name);
  return group !== undefined && isGroup(group) ? group.columns : [];
}
