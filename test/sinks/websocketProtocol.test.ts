import { from, lastValueFrom, Observable, Subject, tap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type DashboardServer, type ServeOptions, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import type { Row } from '../../src/step.ts';
import { Client, sampleRun } from './websocketClient.ts';

let servers: DashboardServer[] = [];
let clients: Client[] = [];

async function serve(options: ServeOptions = {}): Promise<DashboardServer> {
  const server = await serveDashboard({ port: 0, ...options });
  servers.push(server);
  return server;
}

function join(server: DashboardServer): Client {
  const client = new Client(server.url);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const { socket } of clients) socket.terminate();
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
  clients = [];
});

const rows = (count: number, run = sampleRun()) =>
  Array.from({ length: count }, (_, step) => ({
    run,
    step,
    loss: step === 2 ? Number.NaN : step === 3 ? Number.POSITIVE_INFINITY : step === 4 ? -Infinity : 1 / (step + 1),
    note: step === 1 ? 'NaN' : null,
    kernel: { lambda: step % 3 === 0 ? step / 10 : null, fresh: step % 3 === 0 ? step % 2 === 0 : null },
    spikes:
      step === 3 ? { begin: 2, state: 'open', peak: 5 } : step === 5 ? { begin: 2, state: 'closed', peak: 7 } : null,
  }));

describe('the live protocol', () => {
  it('shows a late visitor the whole run: values of every type, null, NaN and the infinities apart', async () => {
    const server = await serve();
    await lastValueFrom(from(rows(7)).pipe(toWebSocket(server)));
    const client = join(server);
    await client.until(() => client.state === 'complete');
    expect(client.hello).toMatchObject({ name: 'sample', metadata: { seed: 1 }, rows: 7, from: 0 });
    expect(client.hello?.columns).toEqual(sampleRun().columns);
    expect(client.columns).toEqual({
      step: [0, 1, 2, 3, 4, 5, 6],
      loss: [1, 1 / 2, 'NaN', 'Infinity', '-Infinity', 1 / 6, 1 / 7],
      note: [null, 'NaN', null, null, null, null, null],
      'kernel.lambda': [0, null, null, 0.3, null, null, 0.6],
      'kernel.fresh': [true, null, null, false, null, null, true],
    });
    expect([...client.events]).toEqual([['spikes 2', { begin: 2, state: 'closed', peak: 7 }]]);
    expect(client.mistakes).toEqual([]);
  });

  it('shows what happens while it happens, events upserted, then how it ended', async () => {
    const server = await serve();
    const client = join(server);
    await client.until(() => client.state === 'waiting');
    const source = new Subject<Row>();
    source.pipe(toWebSocket(server)).subscribe({ error: () => {} });
    const [first, ...rest] = rows(6);
    source.next(first!);
    await client.until(() => client.rows === 1);
    expect(client.state).toBe('running');
    for (const row of rest.slice(0, 3)) source.next(row);
    await client.until(() => client.rows === 4 && client.events.size === 1);
    expect(client.events.get('spikes 2')).toMatchObject({ state: 'open' });
    for (const row of rest.slice(3)) source.next(row);
    await client.until(() => client.events.get('spikes 2')?.state === 'closed');
    source.error(new Error('the disk is full'));
    await client.until(() => client.state === 'failed');
    expect(client.message).toBe('the disk is full');
    expect(client.rows).toBe(6);
  });

  it('says that it was stopped when nobody listens any more', async () => {
    const server = await serve();
    const client = join(server);
    const source = new Subject<Row>();
    const subscription = source.pipe(toWebSocket(server)).subscribe();
    source.next(rows(1)[0]!);
    await client.until(() => client.rows === 1);
    subscription.unsubscribe();
    await client.until(() => client.state === 'stopped');
  });

  it('puts a new run in place of the one before, for everybody', async () => {
    const server = await serve();
    await lastValueFrom(from(rows(5)).pipe(toWebSocket(server)));
    const client = join(server);
    await client.until(() => client.rows === 5);
    const before = client.run;
    await lastValueFrom(from(rows(2, sampleRun('second'))).pipe(toWebSocket(server)));
    await client.until(() => client.hello?.name === 'second' && client.state === 'complete');
    expect(client.run).not.toBe(before);
    expect(client.rows).toBe(2);
    expect(client.mistakes).toEqual([]);
  });

  it('goes on for a client of this run, and starts over for one of another', async () => {
    const server = await serve();
    await lastValueFrom(from(rows(5)).pipe(toWebSocket(server)));
    const client = join(server);
    await client.until(() => client.rows === 5);
    await client.drop();
    client.reconnect();
    client.hello = undefined;
    await client.until(() => client.hello !== undefined);
    expect((client as Client).hello?.from).toBe(5);
    await client.drop();
    client.run = 'another';
    client.rows = 3;
    client.reconnect();
    await client.until(() => client.run !== 'another' && client.rows === 5);
    expect(client.columns.loss?.length).toBe(5);
    expect(client.mistakes).toEqual([]);
  });

  it.each(['-1', '1.5', 'x', '6', '1e99'])('starts over when asked to go on from row %s of 5', async (place) => {
    const server = await serve();
    await lastValueFrom(from(rows(5)).pipe(toWebSocket(server)));
    const first = join(server);
    await first.until(() => first.run !== undefined);
    const client = new Client(`${server.url}?run=${first.run}&from=${place}`);
    clients.push(client);
    await client.until(() => client.rows === 5);
    expect(client.mistakes).toEqual([]);
  });

  it('describes the columns that its rows have, not those that are added behind it', async () => {
    const server = await serve();
    const run = sampleRun();
    await lastValueFrom(
      from(rows(3, run)).pipe(
        toWebSocket(server),
        tap(({ step }) => step === 0 && run.declare({ name: 'later', meaning: '', columns: [] })),
      ),
    );
    const client = join(server);
    await client.until(() => client.rows === 3);
    expect(client.hello?.columns).toEqual(sampleRun().columns);
  });

  it('says 1001 when it closes, and frees the port', async () => {
    const server = await serve();
    const client = join(server);
    await client.until(() => client.state === 'waiting');
    const { port } = server;
    await server.close();
    expect((await client.closed).code).toBe(1001);
    await (await serve({ port })).close();
  });

  it('ends its own server with the stream, which waits for what clients are still to get', async () => {
    const source = new Subject<Row>();
    const port = await freePort();
    const done = lastValueFrom(source.pipe(toWebSocket({ port })));
    const client = new Client(`http://127.0.0.1:${port}/`);
    clients.push(client);
    for (const row of rows(3)) source.next(row);
    await client.until(() => client.rows === 3);
    source.complete();
    await done;
    expect((await client.closed).code).toBe(1001);
    expect(client.state).toBe('complete');
  });

  it('makes a port in use an error of the stream that says what to do, and computes nothing more', async () => {
    const { port } = await serve();
    let taken = 0;
    const held = new Observable<Row>((subscriber) => {
      // A trainer in small: takes a step only when the row before has been released.
      const step = () => {
        if (subscriber.closed) return;
        taken++;
        let holds = 1;
        const hold = () => {
          holds++;
          return release;
        };
        const release = () => {
          if (--holds === 0) setTimeout(step);
        };
        subscriber.next({ step: taken, hold });
        release();
      };
      step();
    });
    await expect(lastValueFrom(held.pipe(toWebSocket({ port })))).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `port ${port} on 127.0.0.1 is in use: choose another port, or 0 for any free one`,
    });
    expect(taken).toBe(1);
    await expect(serveDashboard({ port })).rejects.toThrow(`port ${port}`);
  });
});

async function freePort(): Promise<number> {
  const server = await serveDashboard({ port: 0 });
  const { port } = server;
  await server.close();
  return port;
}
