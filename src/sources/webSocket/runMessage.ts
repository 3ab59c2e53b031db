import type { EventReport, Gap, RunListing, RunState } from '../../formats/webSocket/protocol.ts';
import type { Run } from '../../run.ts';
import type { Row } from '../../step.ts';

export interface ConnectionOptions {
  /** What the server asks for; never put it in the address, which gets logged. */
  readonly token?: string | undefined;
  /** The run to see, by its id or its name; of several with one name, the latest. Default: the latest to begin. */
  readonly run?: string | undefined;
  /** How rows come: `arrow` takes fewer bytes and less time for wide rows. Default `json`. */
  readonly encoding?: 'json' | 'arrow' | undefined;
}

/** @internal What {@link runMessages} is asked beside what its users say. */
export interface MessageOptions extends ConnectionOptions {
  /** Whether to stay with the first run when another begins. Always so with a `run`. */
  readonly stay?: boolean | undefined;
  /** Whether every row is wanted, however late, where a slow client is given buckets otherwise. */
  readonly every?: boolean | undefined;
}

/** What a server tells of its run, in order. */
export type RunMessage =
  /** A run begins: rows come from its first one. */
  | { readonly kind: 'run'; readonly run: Run; readonly rows: number }
  | { readonly kind: 'row'; readonly row: Row }
  /** Rows that do not come one by one, and what is left of them: the next row is number `to`. */
  | { readonly kind: 'gap'; readonly gap: Gap }
  /** The latest report of an event: it takes the place of an earlier one with the same group and begin. */
  | { readonly kind: 'event'; readonly report: EventReport }
  | { readonly kind: 'status'; readonly state: RunState; readonly message: string | undefined }
  /** All runs of the server at the beginning, then those that have changed. */
  | { readonly kind: 'runs'; readonly runs: readonly RunListing[] }
  /** The connection is lost; the next attempt is in so many milliseconds. */
  | { readonly kind: 'lost'; readonly retryIn: number };
