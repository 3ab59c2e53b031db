import { WebSocket } from 'ws';
import type { ServerMessage } from '../../src/formats/webSocket/protocol.ts';
import type { Frame } from './frameMemory.ts';
import { Place, type Terms } from './place.ts';
import type { ReportLog } from './reportLog.ts';
import type { RunFrames } from './runFrames.ts';

/** Which runs a client is shown beside those it names: the latest to begin, every one, or none. */
export type Follow = 'latest' | 'all' | 'none';

const LIST_BYTES = 64 * 1024;

/**
 * One connected client: a place in each run that it is shown, and nothing else. While more than its budget waits in its
 * socket it is sent nothing, so it costs at most the budget and one frame, and goes on from its places later.
 */
export class Viewer {
  readonly follow: Follow;
  readonly #socket: WebSocket;
  readonly #budget: number;
  readonly #terms: Terms;
  /** The runs that have begun, ended or been dropped since this client was told. */
  readonly #list: ReportLog;
  #listed: number;
  readonly #places = new Map<string, Place>();
  /** The run that is shown because it is the latest. */
  #latest: string | undefined;
  readonly #sent: () => void;
  /** What it is to be told when there is room; never more than it has had places. */
  readonly #notices: ServerMessage[] = [];
  /** Whether the socket was found full since the client was level. */
  #slow = false;
  /** Whether it was found full and has not been heard of since. */
  #full = false;
  #alive = true;
  #waitedBytes = 0;

  /** @param onRoom called when a socket that was full has room again */
  constructor(socket: WebSocket, list: ReportLog, follow: Follow, budget: number, terms: Terms, onRoom: () => void) {
    this.#socket = socket;
    this.#sent = () => {
      // While half of the budget still waits, the next frames are written.
      if (!this.#full || socket.bufferedAmount > budget / 2) return;
      this.#full = false;
      onRoom();
    };
    this.#list = list;
    this.#listed = list.end;
    this.follow = follow;
    this.#budget = budget;
    this.#terms = terms;
    socket.on('pong', () => {
      this.#alive = true;
    });
    // An oversized frame or a broken one: the socket closes itself with the fitting code.
    socket.on('error', () => {});
  }

  get closed(): boolean {
    return this.#socket.readyState !== WebSocket.OPEN;
  }

  /** Whether there is something left that it has not been given. */
  get behind(): boolean {
    if (this.closed) return false;
    if (this.#notices.length > 0 || this.#listed < this.#list.end) return true;
    for (const place of this.#places.values()) if (place.behind) return true;
    return false;
  }

  /** Whether it is to get rows that were there before it came. */
  get inHistory(): boolean {
    for (const place of this.#places.values()) if (place.inHistory) return true;
    return false;
  }

  /** Whether everything it has been given of a run has left this process. */
  drained(run: string): boolean {
    return this.closed || (this.#places.get(run)?.behind !== true && this.#socket.bufferedAmount === 0);
  }

  /** Shows a run from a row on; one that it is shown already starts again there. */
  show(run: RunFrames, from: number): void {
    this.#places.set(run.history.id, new Place(run, from, this.#terms));
  }

  /** Shows a run that has just begun, if it is to be shown such runs. */
  showBegun(run: RunFrames, from = 0): void {
    if (this.follow === 'none') return;
    if (this.follow === 'latest') {
      if (this.#latest !== undefined) this.#places.delete(this.#latest);
      this.#latest = run.history.id;
    }
    this.show(run, from);
  }

  /** Shows a run no longer. */
  hide(run: string): void {
    this.#places.delete(run);
    // What the client asks for itself stays when the next run begins.
    if (this.#latest === run) this.#latest = undefined;
  }

  /** A run is there no longer. */
  drop(run: string, reason: string): void {
    if (!this.#places.has(run)) return;
    this.hide(run);
    this.#notices.push({ type: 'dropped', run, reason });
  }

  /** Tells it something at once. */
  tell(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends the next message. @returns false when there is nothing to send, or no room for it. */
  sendNext(): boolean {
    if (this.closed) return false;
    if (this.#socket.bufferedAmount > this.#budget) {
      this.#slow = true;
      this.#full = true;
      return false;
    }
    const notice = this.#notices.shift();
    if (notice !== undefined) this.tell(notice);
    else if (this.#listed < this.#list.end) this.#sendList();
    else return this.#sendRun();
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

  #sendList(): void {
    const { reports, place } = this.#list.after(this.#listed, LIST_BYTES);
    this.#listed = place;
    if (reports.length > 0) this.#socket.send(`{"type":"runs","runs":[${reports.join(',')}]}`);
  }

  #sendRun(): boolean {
    for (const [run, place] of this.#places) {
      if (!place.behind) continue;
      for (const frame of place.next(this.#slow)) this.#send(frame);
      if (this.#places.size > 1) {
        // Behind the others: runs take turns.
        this.#places.delete(run);
        this.#places.set(run, place);
      }
      return true;
    }
    this.#slow = false;
    return false;
  }

  #send({ data, binary }: Frame): void {
    this.#socket.send(data, { binary }, this.#sent);
  }
}
