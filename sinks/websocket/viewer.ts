import { WebSocket } from 'ws';
import { CLOSE, type ServerMessage } from './protocol.ts';
import type { RunHistory } from './runHistory.ts';

const EVENT_BYTES = 128 * 1024;

/**
 * One connected client: a place in the history and nothing else. While more than its budget waits in its
 * socket it is sent nothing, so it costs at most the budget and one frame, and goes on from its place later.
 */
export class Viewer {
  readonly #socket: WebSocket;
  readonly #budget: number;
  #history: RunHistory | undefined;
  #row = 0;
  #event = 0;
  #toldEnd = false;
  #alive = true;
  #waitedBytes = 0;

  constructor(socket: WebSocket, budget: number) {
    this.#socket = socket;
    this.#budget = budget;
    socket.on('pong', () => {
      this.#alive = true;
    });
    // An oversized frame or a broken one: the socket closes itself with the fitting code.
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => this.#refuse(isBinary ? undefined : String(data)));
  }

  get closed(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  /** Whether there is something left that it has not been given. */
  get behind(): boolean {
    const history = this.#history;
    if (history === undefined || this.closed) return false;
    return this.#row < history.rows || this.#event < history.log.end || (history.ended && !this.#toldEnd);
  }

  /** Whether everything it has been given has left this process. */
  get drained(): boolean {
    return this.closed || (!this.behind && this.#socket.bufferedAmount === 0);
  }

  /** Tells it that there is nothing to see yet. */
  wait(): void {
    this.#send({ type: 'status', run: null, state: 'waiting' });
  }

  /** Begins a run from a row; all events follow, whatever the row, since a report may have changed meanwhile. */
  follow(history: RunHistory, from: number): void {
    this.#history = history;
    this.#row = from;
    this.#event = 0;
    this.#toldEnd = false;
    this.#send(history.hello(from));
    if (!history.ended) this.#send(history.status());
  }

  /** Sends the next frame. @returns false when there is nothing to send, or no room for it. */
  sendNext(): boolean {
    const history = this.#history;
    if (history === undefined || !this.behind || this.#socket.bufferedAmount > this.#budget) return false;
    if (this.#event < history.log.end) {
      const { reports, place } = history.log.after(this.#event, EVENT_BYTES);
      this.#event = place;
      if (reports.length > 0) {
        this.#socket.send(`{"type":"events","run":"${history.id}","events":[${reports.join(',')}]}`);
      }
    } else if (this.#row < history.rows) {
      const { frame, to } = history.frame(this.#row);
      this.#row = to;
      this.#socket.send(frame, { binary: false });
    } else {
      this.#toldEnd = true;
      this.#send(history.status());
    }
    return true;
  }

  /** Asks for a sign of life, and cuts the connection when the last question had no answer. */
  heartbeat(): void {
    const waiting = this.#socket.bufferedAmount;
    // On a slow line the question waits behind the data: that the data goes out is a sign of life too.
    if (!this.#alive && waiting >= this.#waitedBytes) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#waitedBytes = waiting;
    this.#socket.ping();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #send(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** The protocol has no message from a client yet, so each is a mistake; say which. */
  #refuse(text: string | undefined): void {
    if (text !== undefined && !isJson(text)) this.close(CLOSE.notJson, 'expected JSON');
    else this.close(CLOSE.notUnderstood, 'this protocol takes no messages from a client');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
