import type { ColumnDescription } from '../../columns.ts';
import type { RunMetadata } from '../../run.ts';
import type { ControlMessage } from '../../training/control.ts';

/** JSON text frames, as PROTOCOL.md describes them. Also what a client gets that asks for no subprotocol. */
export const JSON_PROTOCOL = 'onager.json.v1';

/** The same, but that rows come as Arrow record batches in binary frames. */
export const ARROW_PROTOCOL = 'onager.arrow.v1';

/** `onager.token.` + base64url of the token, offered beside the subprotocol: a browser can set no other header. */
export const TOKEN_PROTOCOL = 'onager.token.';

/** Likewise for the token that lets a client control runs. */
export const CONTROL_PROTOCOL = 'onager.control.';

/** What a client brings beside the address. */
export interface Offer {
  /** What lets it read, where the server asks for it. */
  readonly token?: string | undefined;
  /** What lets it control runs. */
  readonly controlToken?: string | undefined;
  readonly encoding?: 'json' | 'arrow' | undefined;
}

/** The subprotocols that a client offers, with the tokens. */
export function subprotocols({ token, controlToken, encoding = 'json' }: Offer = {}): string[] {
  const offered = [encoding === 'arrow' ? ARROW_PROTOCOL : JSON_PROTOCOL];
  if (token !== undefined) offered.push(TOKEN_PROTOCOL + base64url(token));
  if (controlToken !== undefined) offered.push(CONTROL_PROTOCOL + base64url(controlToken));
  return offered;
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
  /** Too many messages, or too many wrong tokens: wait before connecting again. */
  tooMany: 4429,
} as const;

/** JSON has no word for the numbers that matter most here. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity';
export type WireValue = WireNumber | string | boolean | null;

/** `waiting`: no run has begun on this server yet. `stopped`: whoever ran it stopped listening. */
export type RunState = 'waiting' | 'running' | 'complete' | 'failed' | 'stopped';

/** A run begins for this client; what it knew of it is over, unless it asked to go on from `from`. */
export interface Hello {
  readonly type: 'hello';
  readonly protocol: typeof JSON_PROTOCOL | typeof ARROW_PROTOCOL;
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
  /** Rows below `to` are there only as buckets of `size` rows. */
  readonly thinned?: { readonly to: number; readonly size: number };
}

/** Rows `from` to `from + count - 1`, column by column; a column that is null in all of them is left out. */
export interface Rows {
  readonly type: 'rows';
  readonly run: string;
  readonly from: number;
  readonly count: number;
  readonly columns: { readonly [path: string]: readonly WireValue[] };
}

/** In place of {@link Rows} for Arrow: the binary frame after it is the record batch. */
export type RowsFollow = Omit<Rows, 'columns'>;

/** The first binary frame after a hello for Arrow is the schema; a frame says so. */
export interface SchemaFollows {
  readonly type: 'schema';
  readonly run: string;
}

/** What is left of a numeric column: lists as long as there are buckets. Booleans count as 0 and 1. */
export interface NumberColumnBuckets {
  /** Smallest finite value, null where there was none, and the number of its row. */
  readonly min: readonly (number | null)[];
  readonly minRow: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly maxRow: readonly (number | null)[];
  /** What was not finite: 1 for NaN, 2 for Infinity, 4 for -Infinity, added up. Left out where all are 0. */
  readonly marks?: readonly number[];
}

/** What is left of a text column: the first and the last text of each bucket. */
export interface TextColumnBuckets {
  readonly first: readonly (string | null)[];
  readonly last: readonly (string | null)[];
}

export type Buckets = NumberColumnBuckets | TextColumnBuckets;

/**
 * Rows `from` to `to - 1` will not come one by one: what is left of them, in buckets of `size` rows from row `first` on.
 * The first bucket begins before `from` where a client came back in the middle of it; the last ends with row `to - 1`.
 */
export interface Gap {
  readonly type: 'gap';
  readonly run: string;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly size: number;
  /** `history`: the server keeps no more of them. `slow`: this client was too far behind. */
  readonly reason: 'history' | 'slow';
  /** A column that is null in all of these rows is left out. */
  readonly columns: { readonly [path: string]: Buckets };
  /** The rows among them that carried an event, whole. */
  readonly exact: { readonly rows: readonly number[]; readonly columns: { readonly [path: string]: WireValue[] } };
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

/** A run of the server, as its list has it. */
export interface RunListing {
  readonly run: string;
  readonly name: string;
  readonly state: Exclude<RunState, 'waiting'> | 'dropped';
  readonly startedAt: number;
  readonly rows: number;
}

/** All runs at the beginning, then those that have begun, ended or been dropped. */
export interface Runs {
  readonly type: 'runs';
  readonly runs: readonly RunListing[];
}

/** Nothing more will come of a run that the client asked for. */
export interface Dropped {
  readonly type: 'dropped';
  readonly run: string;
  readonly reason: string;
}

/** What became of an `authorize` or a `control`. */
export interface Answer {
  readonly type: 'answer';
  readonly id: string | null;
  readonly accepted: boolean;
  readonly reason?: string;
}

export type ServerMessage = Hello | SchemaFollows | Rows | Gap | Events | Status | Runs | Dropped | Answer;

export type ClientMessage =
  | { readonly type: 'subscribe'; readonly run: string; readonly from?: number | undefined }
  | { readonly type: 'unsubscribe'; readonly run: string }
  | { readonly type: 'authorize'; readonly token: string; readonly id?: string | undefined }
  | {
      readonly type: 'control';
      readonly run: string;
      readonly action: ControlMessage;
      readonly id?: string | undefined;
    };

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
