import { Observable } from 'rxjs';
import {
  CLOSE,
  type EventReport,
  type RunState,
  type ServerMessage,
  subprotocols,
} from '../../../sinks/websocket/protocol.ts';
import { Run } from '../../run.ts';
import type { Row } from '../../step.ts';
import { rowsOfFrame } from './rowsOfFrame.ts';

export interface ConnectionOptions {
  /** What the server asks for; never put it in the address, which gets logged. */
  readonly token?: string;
}

/** What a server tells of its run, in order. */
export type RunMessage =
  /** A run begins: rows come from its first one. */
  | { readonly kind: 'run'; readonly run: Run; readonly rows: number }
  | { readonly kind: 'row'; readonly row: Row }
  /** The latest report of an event: it takes the place of an earlier one with the same group and begin. */
  | { readonly kind: 'event'; readonly report: EventReport }
  | { readonly kind: 'status'; readonly state: RunState; readonly message: string | undefined }
  /** The connection is lost; the next attempt is in so many milliseconds. */
  | { readonly kind: 'lost'; readonly retryIn: number };

/** Thrown when a server cannot be reached, or does not let us in, or does not speak the protocol. */
export class CannotConnectError extends Error {
  constructor(url: string, reason: string) {
    super(`cannot connect to ${url}: ${reason}`);
    this.name = 'CannotConnectError';
  }
}

const firstPause = 500;
const longestPause = 15_000;

/**
 * Everything a server tells of its run, from the first row on. A connection that was there and is lost comes
 * back by itself, and goes on with the row after the last: none is missed, none doubled. One that was never
 * there is an error. Works in Node and in a browser.
 *
 * @param url `ws://127.0.0.1:4747/`; `http:` is taken for `ws:`.
 * @throws {CannotConnectError} as an error of the stream.
 */
export function runMessages(url: string, options: ConnectionOptions = {}): Observable<RunMessage> {
  return new Observable((subscriber) => {
    let socket: WebSocket | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let pause = firstPause;
    let reached = false;
    let place: { readonly id: string; readonly run: Run; rows: number } | undefined;

    const receive = (message: ServerMessage) => {
      switch (message.type) {
        case 'hello':
          if (place === undefined || place.id !== message.run || message.from === 0) {
            const run = new Run(message.name, message.columns, message.metadata);
            place = { id: message.run, run, rows: 0 };
            subscriber.next({ kind: 'run', run, rows: message.rows });
          }
          return;
        case 'rows':
          if (place === undefined || message.run !== place.id || message.from !== place.rows) {
            throw new CannotConnectError(url, `it sent row ${message.from}: expected row ${place?.rows ?? 0}`);
          }
          for (const row of rowsOfFrame(message, place.run)) {
            if (subscriber.closed) return;
            subscriber.next({ kind: 'row', row });
          }
          place.rows += message.count;
          return;
        case 'events':
          for (const report of message.events) subscriber.next({ kind: 'event', report });
          return;
        case 'status':
          subscriber.next({ kind: 'status', state: message.state, message: message.message });
      }
    };

    const connect = async () => {
      const address = new URL(url);
      address.protocol = address.protocol.replace('http', 'ws');
      if (place !== undefined) {
        address.searchParams.set('run', place.id);
        address.searchParams.set('from', String(place.rows));
      }
      // Node has a WebSocket of its own from 22 on.
      const Socket = globalThis.WebSocket ?? ((await import('ws')).WebSocket as unknown as typeof WebSocket);
      if (subscriber.closed) return;
      socket = new Socket(address, subprotocols(options.token));
      let reason = 'nobody answers there';
      socket.onerror = (event) => {
        reason = (event as unknown as { message?: string }).message || reason;
      };
      socket.onmessage = ({ data }) => {
        reached = true;
        pause = firstPause;
        try {
          receive(JSON.parse(String(data)) as ServerMessage);
        } catch (error) {
          subscriber.error(error);
        }
      };
      socket.onclose = ({ code }) => {
        if (subscriber.closed) return;
        if (code === CLOSE.tokenNeeded) subscriber.error(new CannotConnectError(url, 'the token is missing or wrong'));
        else if (!reached) subscriber.error(new CannotConnectError(url, reason));
        else {
          // Many clients of one server do not all come back in the same moment.
          const retryIn = pause * (0.75 + Math.random() / 2);
          pause = Math.min(2 * pause, longestPause);
          subscriber.next({ kind: 'lost', retryIn });
          retry = setTimeout(begin, retryIn);
        }
      };
    };
    const begin = () => void connect().catch((error) => subscriber.error(new CannotConnectError(url, error.message)));

    begin();
    return () => {
      clearTimeout(retry);
      socket?.close();
    };
  });
}
