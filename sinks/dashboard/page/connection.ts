import { CLOSE, type ServerMessage, subprotocols } from '../../websocket/protocol.ts';

export type Link =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** The next attempt is at `retryAt`, in the time of `Date.now()`. */
  | { readonly state: 'lost'; readonly retryAt: number }
  | { readonly state: 'token needed' };

interface Wiring {
  readonly message: (message: ServerMessage) => void;
  readonly link: (link: Link) => void;
  /** The run and the row to go on from, when there is something to go on from. */
  readonly place: () => { readonly run: string; readonly rows: number } | undefined;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Keeps a connection to the server that the page came from: comes back by itself, and goes on where it was. */
export class Connection {
  readonly #wiring: Wiring;
  #token: string | undefined;
  #pause = FIRST_PAUSE_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(wiring: Wiring, token: string | undefined) {
    this.#wiring = wiring;
    this.#token = token;
    // Whoever looks at the page again does not want to wait for the next attempt.
    addEventListener('online', () => this.#now());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#now();
    });
    this.#connect();
  }

  useToken(token: string): void {
    this.#token = token;
    this.#connect();
  }

  #now(): void {
    if (this.#retry !== undefined) this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#wiring.link({ state: 'connecting' });
    const address = new URL('/', location.href);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const place = this.#wiring.place();
    if (place !== undefined) {
      address.searchParams.set('run', place.run);
      address.searchParams.set('from', String(place.rows));
    }
    const socket = new WebSocket(address, subprotocols({ token: this.#token }));
    socket.onmessage = ({ data }) => {
      this.#pause = FIRST_PAUSE_MS;
      this.#wiring.link({ state: 'open' });
      this.#wiring.message(JSON.parse(String(data)) as ServerMessage);
    };
    socket.onclose = ({ code }) => {
      if (code === CLOSE.tokenNeeded) {
        this.#wiring.link({ state: 'token needed' });
        return;
      }
      // Many pages of one server do not all come back in the same moment.
      const pause = this.#pause * (0.75 + Math.random() / 2);
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
      this.#wiring.link({ state: 'lost', retryAt: Date.now() + pause });
      this.#retry = setTimeout(() => this.#connect(), pause);
    };
  }
}
