import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Row } from '../../src/step.ts';
import { type Ending, sink, type Writer } from '../sink.ts';
import {
  type DashboardServer,
  type LiveRun,
  LiveServer,
  type ServeOptions,
  type ShownRunOptions,
} from './dashboardServer.ts';

/**
 * Shows the rows on a live page and to programs, as PROTOCOL.md describes.
 *
 * ```
 * rows in    --r0--r1--r2--|
 * clients      r0,r1   r2   complete      in batches, about 20 a second; who comes late gets r0, r1, r2 first
 * rows out   --r0--r1--r2-----|           a slow client never holds a row, and the end for half a second at most
 * ```
 *
 * ```ts
 * const server = await serveDashboard({ port: 4747 });
 * console.log(server.url);
 * train(spec).pipe(spikes(), toWebSocket(server)).subscribe();   // keeps serving until server.close()
 * train(spec).pipe(spikes(), toWebSocket({ port: 4747 })).subscribe();   // closes its own server at the end
 * ```
 *
 * Several runs may go on at once on one server, each with a `toWebSocket(server)` of its own; with `control$` a client
 * that brings the server's control token reaches that run.
 *
 * @throws {CannotServeError} as an error of the stream, when it is to open a port of its own and cannot.
 */
export function toWebSocket<R extends Row>(
  target: DashboardServer | ServeOptions = {},
  options: ShownRunOptions = {},
): MonoTypeOperatorFunction<R> {
  return sink<R>(() => {
    if ('begin' in target) return new ShowingWriter(target, options);
    const server = new LiveServer(target);
    return new ShowingWriter(server, options, server);
  });
}

class ShowingWriter<R extends Row> implements Writer<R> {
  readonly #server: DashboardServer;
  readonly #options: ShownRunOptions;
  /** The server that ends with the stream. */
  readonly #own: LiveServer | undefined;
  #run: LiveRun | undefined;
  #listening: Promise<void> | undefined;

  constructor(server: DashboardServer, options: ShownRunOptions, own?: LiveServer) {
    this.#server = server;
    this.#options = options;
    this.#own = own;
    this.#listening = own?.listening;
  }

  begin(run: NonNullable<Row['run']>): void {
    this.#run = this.#server.begin(run, this.#options);
  }

  write(row: R): void | Promise<void> {
    this.#run?.append(row);
    // Only the first row waits for the port, so that nothing is trained for a page that cannot be opened.
    const listening = this.#listening;
    this.#listening = undefined;
    return listening;
  }

  async finish(ending: Ending): Promise<void> {
    await this.#own?.listening;
    if (ending.kind === 'complete') await this.#run?.end('complete');
    else if (ending.kind === 'unsubscribed') await this.#run?.end('stopped');
    else await this.#run?.end('failed', ending.error instanceof Error ? ending.error.message : String(ending.error));
    await this.#own?.close();
  }
}
