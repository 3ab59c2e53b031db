import { type ColumnDescription, elementOf, type VectorGroup } from '../../columns.ts';
import type { ServerMessage } from '../../formats/webSocket/protocol.ts';

/** Thrown for a frame that the protocol does not have: whatever answers there is no server of ours, or a broken one. */
export class UnreadableFrame extends Error {
  constructor(what: string) {
    super(`it sent a frame that cannot be read: ${what}`);
    this.name = 'UnreadableFrame';
  }
}

/** Rows that one frame may have: servers send 4096 at most. */
export const MOST_ROWS = 1 << 16;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a text frame of a server. Lists are checked to be as long as they have to be, numbers to be where numbers are
 * counted with; single values are checked when they are read.
 * @returns undefined for a message of a type that is not known here, which is to be ignored
 * @throws {UnreadableFrame}
 */
export function readServerMessage(text: string): ServerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnreadableFrame('it is not JSON');
  }
  const message = fields(value, 'message');
  const check = checks[string(message.type, 'type')];
  if (check === undefined) return undefined;
  check(message);
  return message as unknown as ServerMessage;
}

const checks: Readonly<Record<string, (message: Fields) => void>> = Object.assign(Object.create(null), {
  hello(message: Fields) {
    string(message.run, 'run');
    string(message.name, 'name');
    fields(message.metadata, 'metadata');
    columns(message.columns, 0);
    natural(message.rows, 'rows');
    natural(message.from, 'from');
  },
  schema: (message: Fields) => string(message.run, 'run'),
  rows(message: Fields) {
    string(message.run, 'run');
    natural(message.from, 'from');
    const count = natural(message.count, 'count');
    if (count > MOST_ROWS) throw new UnreadableFrame(`count ${count}: expected ${MOST_ROWS} at most`);
    if (message.columns === undefined) return;
    for (const [key, values] of Object.entries(fields(message.columns, 'columns'))) list(values, count, key);
  },
  gap(message: Fields) {
    string(message.run, 'run');
    const [from, to, first, size] = ['from', 'to', 'first', 'size'].map((name) => natural(message[name], name));
    if (!(first! <= from! && from! < to! && size! > 0)) throw new UnreadableFrame('its gap has no rows');
    const buckets = Math.ceil((to! - first!) / size!);
    for (const [key, left] of Object.entries(fields(message.columns, 'columns'))) {
      const entries = Object.entries(fields(left, key));
      if (entries.length === 0) throw new UnreadableFrame(`${key}: expected buckets`);
      for (const [name, values] of entries) list(values, buckets, `${key} ${name}`);
    }
    const exact = fields(message.exact, 'exact');
    const rows = list(exact.rows, undefined, 'exact rows');
    for (const row of rows) natural(row, 'exact row');
    for (const [key, values] of Object.entries(fields(exact.columns, 'exact columns'))) list(values, rows.length, key);
  },
  events(message: Fields) {
    string(message.run, 'run');
    for (const entry of list(message.events, undefined, 'events')) {
      const report = fields(entry, 'event report');
      string(report.group, 'group');
      if (typeof report.begin !== 'number' && typeof report.begin !== 'string') throw new UnreadableFrame('begin');
      fields(report.event, 'event');
    }
  },
  status(message: Fields) {
    if (message.run !== null) string(message.run, 'run');
    string(message.state, 'state');
    if (message.message !== undefined) string(message.message, 'message');
  },
  runs(message: Fields) {
    for (const entry of list(message.runs, undefined, 'runs')) {
      const listing = fields(entry, 'run');
      for (const name of ['run', 'name', 'state']) string(listing[name], name);
      natural(listing.rows, 'rows');
    }
  },
  dropped(message: Fields) {
    string(message.run, 'run');
    string(message.reason, 'reason');
  },
  answer(message: Fields) {
    if (typeof message.accepted !== 'boolean') throw new UnreadableFrame('accepted: expected true or false');
    if (message.reason !== undefined) string(message.reason, 'reason');
  },
});

const types = ['float64', 'int32', 'bool', 'utf8'];

function columns(value: unknown, depth: number): asserts value is ColumnDescription[] {
  if (depth > 8) throw new UnreadableFrame('its columns lie too deep');
  for (const entry of list(value, undefined, 'columns')) {
    const { name, type, unit, role, columns: members } = fields(entry, 'column');
    if (string(name, 'name of a column') === '__proto__') throw new UnreadableFrame('a column __proto__');
    if (members !== undefined) {
      columns(members, depth + 1);
      if (role === 'vector') vector(entry as VectorGroup);
    } else if (!types.includes(type as string)) throw new UnreadableFrame(`column ${name}: type ${type}`);
    else string(unit, `unit of ${name}`);
  }
}

function vector(group: VectorGroup): void {
  try {
    elementOf(group);
  } catch (error) {
    throw new UnreadableFrame((error as Error).message);
  }
}

function fields(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new UnreadableFrame(`${what}: expected an object`);
}

function string(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new UnreadableFrame(`${what}: expected a string`);
}

function natural(value: unknown, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new UnreadableFrame(`${what}: expected a whole number, 0 or more`);
}

function list(value: unknown, length: number | undefined, what: string): unknown[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw new UnreadableFrame(`${what}: expected a list${length === undefined ? '' : ` of ${length}`}`);
}
