import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { addressOf } from './addressOf.ts';
import { bringsToken, isLoopback, type Refusal, refuse } from './admission.ts';
import { CannotServeError, cannotListen } from './cannotServe.ts';
import { servePage } from './pageFiles.ts';
import { CLOSE, JSON_PROTOCOL } from './protocol.ts';
import { RunHistory } from './runHistory.ts';
import { Viewer } from './viewer.ts';

/** Where and how to serve; the defaults let nobody but this machine in. */
export interface ServeOptions {
  /** Port to open; 0 takes any free one. Default 4747. */
  readonly port?: number | undefined;
  /** Address to bind. Default 127.0.0.1; anything but loopback needs a token. */
  readonly host?: string | undefined;
  /** What a client must bring, 16 characters or more. Default: none is asked for. */
  readonly token?: string | undefined;
  /** Bytes that may wait in the socket of one client before it is sent nothing more. Default 1 MiB. */
  readonly clientBytes?: number | undefined;
  /** Seconds between two signs of life; a client is given up after two. Default 15. */
  readonly heartbeat?: number | undefined;
}

/** A run that is being shown. */
export interface LiveRun {
  append(row: Row): void;
  /** Says how it ended. Settles when every client has everything, or after half a second. */
  end(state: 'complete' | 'failed' | 'stopped', message?: string): Promise<void>;
}

/** The page and its data on one port, from before the first step until it is closed. */
export interface DashboardServer {
  /** For a person to open: `http://127.0.0.1:4747/`. Clients connect to the same with `ws:`. */
  readonly url: string;
  readonly port: number;
  /** Clients connected now. */
  readonly viewers: number;
  /** Shows a run in place of the one before. {@link toWebSocket} does so at its first row. */
  begin(run: Run): LiveRun;
  /** Says goodbye to all clients (1001), frees the port and settles within about a second. Twice is harmless. */
  close(): Promise<void>;
}

/**
 * Opens the port, so that the address can be printed before training begins; keeps the process alive until closed.
 * @throws {CannotServeError} when the port or the host cannot be had, or a token is missing.
 */
export async function serveDashboard(options: ServeOptions = {}): Promise<DashboardServer> {
  const server = new LiveServer(options);
  await server.listening;
  return server;
}

const FLUSH_MS = 50;
/** What one flush may take from the event loop, and so from training, beyond one frame for each client. */
const FLUSH_COST_MS = 8;
const DRAIN_MS = 500;
const CLOSE_MS = 1000;
const MAX_CLIENT_FRAME = 4096;
const MAX_VIEWERS = 256;

/** @internal The server at once, and the port when `listening` settles. */
export class LiveServer implements DashboardServer {
  readonly listening: Promise<void>;
  readonly #host: string;
  readonly #token: string | undefined;
  readonly #clientBytes: number;
  readonly #viewers = new Set<Viewer>();
  readonly #http = createServer((request, response) => {
    servePage(request, response).catch(() => response.destroy());
  });
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CLIENT_FRAME,
    handleProtocols: (offered) => (offered.has(JSON_PROTOCOL) ? JSON_PROTOCOL : false),
  });
  readonly #heart: NodeJS.Timeout;
  #history: RunHistory | undefined;
  #flushing: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor({ port = 4747, host = '127.0.0.1', token, clientBytes = 2 ** 20, heartbeat = 15 }: ServeOptions) {
    if (!Number.isInteger(port) || port < 0 || port > 65535) {
      throw new CannotServeError(`port ${port}: expected a whole number from 0 to 65535`);
    }
    if (token === undefined && !isLoopback(host)) {
      throw new CannotServeError(`serving on ${host} lets others in: give a token, or bind 127.0.0.1`);
    }
    if (token !== undefined && token.length < 16) {
      throw new CannotServeError(`a token of ${token.length} characters can be guessed: give one of 16 or more`);
    }
    this.#host = host;
    this.#token = token;
    this.#clientBytes = clientBytes;
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
    const everywhere = this.#host === '0.0.0.0' || this.#host === '::';
    const name = everywhere ? hostname() : this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `http://${name}:${this.port}/`;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  begin(run: Run): LiveRun {
    const history = new RunHistory(run);
    this.#history = history;
    for (const viewer of this.#viewers) viewer.follow(history, 0);
    return {
      append: (row) => {
        history.append(row);
        this.#flushSoon();
      },
      end: (state, message) => {
        history.end(state, message);
        return this.#drain();
      },
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#heart);
    clearTimeout(this.#flushing);
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
    if (this.#closed !== undefined) return { status: 503, reason: 'the server is closing' };
    if (this.#viewers.size >= MAX_VIEWERS) return { status: 503, reason: `${MAX_VIEWERS} clients are enough` };
    return refuse(request, this.#token !== undefined);
  }

  #welcome(client: WebSocket, request: IncomingMessage): void {
    const viewer = new Viewer(client, this.#clientBytes);
    if (this.#token !== undefined && !bringsToken(request, this.#token)) {
      // Opened first, because a browser tells its page nothing about a refused upgrade.
      viewer.close(CLOSE.tokenNeeded, 'a token is needed');
      return;
    }
    this.#viewers.add(viewer);
    client.once('close', () => this.#viewers.delete(viewer));
    const history = this.#history;
    if (history === undefined) viewer.wait();
    else viewer.follow(history, placeAsked(request, history));
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#flushing !== undefined || this.#viewers.size === 0 || this.#closed !== undefined) return;
    // Of a run that has ended nothing can be slowed, and nothing more comes to be sent together.
    const pause = this.#history?.ended ? 1 : FLUSH_MS;
    this.#flushing = setTimeout(() => {
      this.#flushing = undefined;
      this.#flush();
    }, pause);
  }

  /** A frame for each client that has room, then more rounds while time allows. */
  #flush(): void {
    const until = performance.now() + FLUSH_COST_MS;
    let hungry = [...this.#viewers];
    do hungry = hungry.filter((viewer) => viewer.sendNext());
    while (hungry.length > 0 && performance.now() < until);
    if ([...this.#viewers].some((viewer) => viewer.behind)) this.#flushSoon();
  }

  async #drain(): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    while (performance.now() < until && [...this.#viewers].some((viewer) => !viewer.drained)) {
      this.#flush();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** A client that comes back names the run and the row to go on from: `/?run=ID&from=1200`. */
function placeAsked(request: IncomingMessage, history: RunHistory): number {
  const asked = addressOf(request)?.searchParams;
  const from = Number(asked?.get('from') ?? 0);
  const possible = Number.isInteger(from) && from >= 0 && from <= history.rows;
  return possible && asked?.get('run') === history.id ? from : 0;
}
