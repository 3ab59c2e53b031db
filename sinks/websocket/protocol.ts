import type { ColumnDescription } from '../../src/columns.ts';
import type { RunMetadata } from '../../src/run.ts';

/** JSON text frames, as PROTOCOL.md describes them. Also what a client gets that asks for no subprotocol. */
export const JSON_PROTOCOL = 'onager.json.v1';

/** `onager.token.` + base64url of the token, offered beside the subprotocol: a browser can set no other header. */
export const TOKEN_PROTOCOL = 'onager.token.';

/** The subprotocols that a client offers, with the token where the server asks for one. */
export function subprotocols(token?: string): string[] {
  return token === undefined ? [JSON_PROTOCOL] : [JSON_PROTOCOL, TOKEN_PROTOCOL + base64url(token)];
}

function base64url(text: string): string {
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Close codes that a client acts on. */
export const CLOSE = {
  /** The server goes away; the run may come back at the same address. */
  goingAway: 1001,
  /** A text frame that is not JSON. */
  notJson: 1007,
  /** A frame that this protocol does not have. */
  notUnderstood: 1008,
  /** The token is missing or wrong: connecting again without another one is of no use. */
  tokenNeeded: 4401,
} as const;

/** JSON has no word for the numbers that matter most here. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity';
export type WireValue = WireNumber | string | boolean | null;

/** `waiting`: no run has begun on this server yet. `stopped`: whoever ran it stopped listening. */
export type RunState = 'waiting' | 'running' | 'complete' | 'failed' | 'stopped';

/** A run begins for this client; what it knew of another run is over. */
export interface Hello {
  readonly type: 'hello';
  readonly protocol: typeof JSON_PROTOCOL;
  readonly run: string;
  readonly name: string;
  readonly metadata: RunMetadata;
  readonly columns: readonly ColumnDescription[];
  /** Milliseconds since 1970 at which the first row came. */
  readonly startedAt: number;
  /** Rows so far. */
  readonly rows: number;
  /** Number of the first row that will be sent: 0, or what the client asked to go on from. */
  readonly from: number;
}

/** Rows `from` to `from + count - 1`, column by column; a column that is null in all of them is left out. */
export interface Rows {
  readonly type: 'rows';
  readonly run: string;
  readonly from: number;
  readonly count: number;
  readonly columns: { readonly [path: string]: readonly WireValue[] };
}

/** A report of an event: it takes the place of an earlier one with the same group and begin. */
export interface EventReport {
  readonly group: string;
  readonly begin: number;
  readonly event: { readonly [field: string]: unknown };
}

export interface Events {
  readonly type: 'events';
  readonly run: string;
  readonly events: readonly EventReport[];
}

export interface Status {
  readonly type: 'status';
  readonly run: string | null;
  readonly state: RunState;
  /** Why it failed. */
  readonly message?: string;
}

export type ServerMessage = Hello | Rows | Events | Status;

/** Name of a leaf column on the wire. */
export function columnKey(path: readonly string[]): string {
  return path.join('.');
}

export function toWire(value: number): WireNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

export function fromWire(value: WireNumber): number {
  return typeof value === 'number' ? value : Number(value);
}
