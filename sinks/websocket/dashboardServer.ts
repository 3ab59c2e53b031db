import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ARROW_PROTOCOL, CLOSE, CONTROL_PROTOCOL, TOKEN_PROTOCOL } from '../../src/formats/webSocket/protocol.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { isKnown, isToken, offeredSecret, type Refusal, refuse } from './admission.ts';
import { cannotListen } from './cannotServe.ts';
import { connectionRequest } from './connectionRequest.ts';
import { ControlDesk } from './controlDesk.ts';
import { Conversation, type Desks } from './conversation.ts';
import { Flushing } from './flushing.ts';
import { servePage } from './pageFiles.ts';
import { WrongTokens } from './rateLimit.ts';
import { type Controlled, RunShelf } from './runShelf.ts';
import { type CheckedOptions, checkedOptions, type ServeOptions } from './serveOptions.ts';
import { Viewer } from './viewer.ts';

/** A run that is being shown. */
export interface LiveRun {
  append(row: Row): void;
  /** Says how it ended. Settles when every client has everything, or after half a second. */
  end(state: 'complete' | 'failed' | 'stopped', message?: string): Promise<void>;
}

/** What a run brings beside its rows. */
export interface ShownRunOptions {
  /** Where its control messages go: the `control$` given to `train`. Default: that of the server. */
  readonly control$?: Controlled | undefined;
}

/** The page and its data on one port, from before the first step until it is closed. */
export interface DashboardServer {
  /** For a person to open: `http://127.0.0.1:4747/`. Clients connect to the same with `ws:`. */
  readonly url: string;
  readonly port: number;
  /** Clients connected now. */
  readonly viewers: number;
  /**
   * Shows a run beside those that are there: clients that follow the latest see it from now on. {@link toWebSocket}
   * does so at its first row.
   */
  begin(run: Run, options?: ShownRunOptions): LiveRun;
  /** Says goodbye to all clients (1001), frees the port and settles within about a second. Twice is harmless. */
  close(): Promise<void>;
}

/**
 * Opens the port, so that the address can be printed before training begins; keeps the process alive until closed.
 *
 * ```ts
 * const control$ = new Subject<ControlMessage>();
 * const server = await serveDashboard({ controlToken: process.env.CONTROL_TOKEN, control$ });
 * train(spec, { control$ }).pipe(toWebSocket(server)).subscribe();
 * ```
 *
 * @throws {CannotServeError} when the port or the host cannot be had, or a token is missing.
 * @throws {RangeError} for a limit out of range.
 */
export async function serveDashboard(options: ServeOptions = {}): Promise<DashboardServer> {
  const server = new LiveServer(options);
  await server.listening;
  return server;
}

const CLOSE_MS = 1000;
const MAX_CLIENT_FRAME = 4096;
const MAX_VIEWERS = 256;

/** @internal The server at once, and the port when `listening` settles. */
export class LiveServer implements DashboardServer {
  readonly listening: Promise<void>;
  readonly #options: CheckedOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #flushing = new Flushing(this.#viewers);
  readonly #http = createServer((request, response) => {
    servePage(request, response).catch(() => response.destroy());
  });
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_FRAME,
    handleProtocols: (offered) => [...offered].find(isKnown) ?? false,
  });
  readonly #heart: NodeJS.Timeout;
  readonly #shelf: RunShelf;
  readonly #desks: Desks;
  /** Clients so far. */
  #clients = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ServeOptions) {
    this.#options = checkedOptions(options);
    const { port, host, heartbeat, historyBytes, memoryBytes, controlToken } = this.#options;
    this.#shelf = new RunShelf(historyBytes, memoryBytes, (run) => {
      for (const viewer of this.#viewers) viewer.drop(run, 'the server made room for other runs');
    });
    this.#desks = {
      shelf: this.#shelf,
      control: new ControlDesk(),
      controlToken,
      wrongTokens: new WrongTokens(),
      serve: () => this.#flushing.soon(),
    };
    this.#heart = setInterval(() => {
      for (const viewer of this.#viewers) viewer.heartbeat();
    }, heartbeat * 1000).unref();
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.listening = new Promise((resolve, reject) => {
      this.#http.once('error', (error) => {
        clearInterval(this.#heart);
        reject(cannotListen(host, port, error));
      });
      this.#http.listen(port, host, resolve);
    });
    // Whoever waits for it is told; nobody has to.
    this.listening.catch(() => {});
  }

  get port(): number {
    return (this.#http.address() as AddressInfo | null)?.port ?? 0;
  }

  get url(): string {
    const { host } = this.#options;
    const everywhere = host === '0.0.0.0' || host === '::';
    const name = everywhere ? hostname() : host.includes(':') ? `[${host}]` : host;
    return `http://${name}:${this.port}/`;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  begin(run: Run, { control$ = this.#options.control$ }: ShownRunOptions = {}): LiveRun {
    const shelved = this.#shelf.begin(run, control$);
    for (const viewer of this.#viewers) viewer.showBegun(shelved.frames);
    this.#flushing.running = true;
    this.#flushing.soon();
    return {
      append: (row) => {
        this.#shelf.append(shelved, row);
        this.#flushing.rowCame();
      },
      end: (state, message) => {
        this.#shelf.end(shelved, state, message);
        this.#flushing.running = this.#shelf.running;
        // The others are told as well, for whom there is nothing to wait.
        this.#flushing.soon();
        return this.#flushing.drain(shelved.history.id);
      },
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#heart);
    this.#flushing.stop();
    const freed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    for (const viewer of this.#viewers) viewer.close(CLOSE.goingAway, 'the server is closing');
    const cut = setTimeout(() => {
      // Also those that were refused and have not gone.
      for (const client of this.#sockets.clients) client.terminate();
      this.#http.closeAllConnections();
    }, CLOSE_MS);
    this.#http.closeIdleConnections();
    await freed;
    clearTimeout(cut);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client may be gone at any moment, and that is its own affair.
    socket.on('error', () => {});
    const refusal = this.#refusal(request);
    if (refusal !== undefined) {
      const body = `${refusal.reason}\n`;
      socket.once('finish', () => socket.destroy());
      socket.end(
        `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (client) => this.#welcome(client, request));
  }

  #refusal(request: IncomingMessage): Refusal | undefined {
    const { token } = this.#options;
    if (this.#closed !== undefined) return { status: 503, reason: 'the server is closing' };
    if (this.#viewers.size >= MAX_VIEWERS) return { status: 503, reason: `${MAX_VIEWERS} clients are enough` };
    if (token !== undefined && !this.#desks.wrongTokens.allows(addressOfClient(request))) {
      return { status: 429, reason: 'too many wrong tokens' };
    }
    return refuse(request, token !== undefined);
  }

  #welcome(client: WebSocket, request: IncomingMessage): void {
    const { token, clientBytes, lagBytes } = this.#options;
    const address = addressOfClient(request);
    const { follow, places, every } = connectionRequest(request);
    const encoding = client.protocol === ARROW_PROTOCOL ? 'arrow' : 'json';
    const terms = { encoding, every, lagBytes, gapBytes: clientBytes / 2 } as const;
    const onRoom = () => this.#flushing.roomMade();
    const viewer = new Viewer(client, this.#shelf.changes, follow, clientBytes, terms, onRoom);
    const secret = offeredSecret(request, TOKEN_PROTOCOL);
    if (token !== undefined && !isToken(secret, token)) {
      if (secret !== undefined) this.#desks.wrongTokens.count(address);
      // Opened first, because a browser tells its page nothing about a refused upgrade.
      viewer.close(CLOSE.tokenNeeded, 'a token is needed');
      return;
    }
    const conversation = new Conversation(client, this.#desks, { viewer, address, name: `client ${++this.#clients}` });
    const controlSecret = offeredSecret(request, CONTROL_PROTOCOL);
    const refused = controlSecret && conversation.authorize(controlSecret);
    if (viewer.closed) return;
    this.#viewers.add(viewer);
    client.once('close', () => this.#viewers.delete(viewer));
    viewer.tell({ type: 'runs', runs: this.#shelf.listings() });
    if (refused !== undefined) viewer.tell({ type: 'answer', id: null, accepted: false, reason: refused });
    this.#showRuns(viewer, places);
    this.#flushing.soon();
  }

  #showRuns(viewer: Viewer, places: ReadonlyMap<string, number>): void {
    const { latest } = this.#shelf;
    if (viewer.follow === 'none') {
      for (const [run, from] of places) {
        const found = this.#shelf.get(run);
        if (found === undefined) viewer.tell({ type: 'dropped', run, reason: 'no such run' });
        else viewer.show(found.frames, found.history.placeOf(from));
      }
    } else if (latest === undefined) viewer.tell({ type: 'status', run: null, state: 'waiting' });
    else {
      for (const { frames, history } of viewer.follow === 'all' ? this.#shelf.all() : [latest]) {
        viewer.showBegun(frames, history.placeOf(places.get(history.id)));
      }
    }
  }
}

function addressOfClient(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}

export type { ServeOptions } from './serveOptions.ts';
