import { CLOSE, type ClientMessage, subprotocols } from '../../../src/formats/webSocket/protocol.ts';
import { LiveFrames, type LiveMessage } from './liveFrames.ts';

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** The next attempt is at `retryAt`, in the time of `Date.now()`. */
  | { readonly state: 'lost'; readonly retryAt: number }
  | { readonly state: 'token needed' };

export interface Place {
  readonly run: string;
  readonly rows: number;
}

interface Wiring {
  readonly message: (message: LiveMessage) => void;
  readonly link: (link: Link) => void;
  /** The runs that are wanted, with the row of each to go on from. */
  readonly places: () => readonly Place[];
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** The server takes twenty messages at once and five a second in the long run. */
const AT_ONCE = 15;
const SEND_EVERY_MS = 220;

/** Keeps a connection to the server that the page came from: comes back by itself, and goes on where it was. */
export class Connection {
  readonly #wiring: Wiring;
  #token: string | undefined;
  #pause = FIRST_PAUSE_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #socket: WebSocket | undefined;
  #attempts = 0;
  #waiting: ClientMessage[] = [];
  #allowance = AT_ONCE;

  constructor(wiring: Wiring, token: string | undefined) {
    this.#wiring = wiring;
    this.#token = token;
    // Whoever looks at the page again does not want to wait for the next attempt.
    addEventListener('online', () => this.#now());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#now();
    });
    setInterval(() => {
      this.#allowance = Math.min(AT_ONCE, this.#allowance + 1);
      this.#sendWaiting();
    }, SEND_EVERY_MS);
    this.#connect();
  }

  useToken(token: string): void {
    this.#token = token;
    this.#connect();
  }

  /** Sends a message as soon as the server takes it; none survives the connection. */
  send(message: ClientMessage): void {
    this.#waiting.push(message);
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0 && this.#allowance > 0 && this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(this.#waiting.shift()));
      this.#allowance--;
    }
  }

  #now(): void {
    if (this.#retry !== undefined) this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#waiting = [];
    this.#wiring.link({ state: 'connecting' });
    const attempt = ++this.#attempts;
    const latest = () => attempt === this.#attempts;
    // A file of its own, which the page shares with recorded files.
    import('../../../src/sources/webSocket/arrowFrames.ts').then(
      ({ ArrowFrames }) => latest() && this.#open(new LiveFrames(ArrowFrames)),
      () => latest() && this.#lose(),
    );
  }

  #open(frames: LiveFrames): void {
    const address = new URL('/', location.href);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    // The page chooses from the list of runs, which comes first.
    address.searchParams.set('follow', 'none');
    for (const { run, rows } of this.#wiring.places().slice(0, 64)) address.searchParams.append('at', `${run}:${rows}`);
    const socket = new WebSocket(address, subprotocols({ token: this.#token, encoding: 'arrow' }));
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    let heard = false;
    socket.onmessage = ({ data }) => {
      if (!heard) {
        heard = true;
        this.#pause = FIRST_PAUSE_MS;
        this.#wiring.link({ state: 'open' });
      }
      const message = frames.take(data as string | ArrayBuffer);
      if (message !== undefined) this.#wiring.message(message);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      if (code === CLOSE.tokenNeeded) this.#wiring.link({ state: 'token needed' });
      else this.#lose();
    };
  }

  #lose(): void {
    // Many pages of one server do not all come back in the same moment.
    const pause = this.#pause * (0.75 + Math.random() / 2);
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
    this.#wiring.link({ state: 'lost', retryAt: Date.now() + pause });
    this.#retry = setTimeout(() => this.#connect(), pause);
  }
}
