import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { firstValueFrom, from, lastValueFrom, Subject, take, tap, toArray } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import { vectorGroup } from '../../src/columns.ts';
import type { Gap } from '../../src/formats/webSocket/protocol.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { Run } from '../../src/run.ts';
import { fromWebSocket } from '../../src/sources/webSocket/fromWebSocket.ts';
import { runMessages } from '../../src/sources/webSocket/runMessages.ts';
import { readServerMessage } from '../../src/sources/webSocket/serverMessage.ts';
import type { LossRow } from '../../src/step.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(options = {}): Promise<DashboardServer> {
  const server = await serveDashboard({ port: 0, ...options });
  closing.push(() => server.close());
  return server;
}

const losses = [1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, -0.25, Number.NEGATIVE_INFINITY, 1e-300];
const rowsTo = (count: number): LossRow[] =>
  Array.from({ length: count }, (_, step) => ({ step, loss: losses[step % losses.length]! }));

/** Rows as plain data, events left out as they are on the wire. */
const plain = (row: object) =>
  JSON.stringify(row, (key, value) => {
    if (key === 'run' || key === 'event') return undefined;
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  });

it('gives the rows that were served, groups, NaN and nulls included, and their description', async () => {
  const server = await serve();
  const sent = await lastValueFrom(from(rowsTo(500)).pipe(spikes(), toWebSocket(server), toArray()));
  const seen = await lastValueFrom(fromWebSocket(server.url).pipe(toArray()));
  expect(seen.map(plain)).toEqual(sent.map(plain));
  expect(seen[0]!.run!.columns).toEqual(sent[0]!.run!.columns);
});

it.each(['json', 'arrow'] as const)('gives vectors as arrays again, by %s', async (encoding) => {
  const vector = (name: string, more: object) =>
    vectorGroup({ name, length: 2, type: 'float64', unit: 'eigenvalue', meaning: 'the largest two', ...more });
  const run = new Run('vectors', [
    { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
    vector('top', {}),
    { name: 'hessian', meaning: 'curvature', columns: [vector('eigenvalues', { nullable: true })] },
    vector('some', { nullableElements: true }),
    vector('words', { type: 'utf8' }),
  ]);
  const rows = Array.from({ length: 300 }, (_, step) => ({
    step,
    run,
    top: Float64Array.of(losses[step % losses.length]!, step),
    hessian: { eigenvalues: step % 3 === 0 ? [step, Number.NaN] : null },
    some: step % 2 === 0 ? [null, null] : [null, step / 7],
    words: ['NaN', `word ${step}`],
  })) as unknown as LossRow[];
  const server = await serve();
  await lastValueFrom(from(rows).pipe(toWebSocket(server)));
  const seen = await lastValueFrom(fromWebSocket(server.url, { encoding }).pipe(toArray()));
  const arrays = rows.map((row) => ({ ...row, top: Array.from((row as unknown as { top: Float64Array }).top) }));
  expect(seen.map((row) => ({ ...row, run: undefined }))).toEqual(arrays.map((row) => ({ ...row, run: undefined })));
  expect(seen[0]!.run!.columns).toEqual(run.columns);
});

it('refuses a vector whose columns cannot be its elements', () => {
  const vector = vectorGroup({ name: 'top', length: 2, type: 'float64', unit: '1', meaning: '' });
  const columns = [{ ...vector, columns: vector.columns.map((column) => ({ ...column, name: 'length' })) }];
  const hello = { type: 'hello', run: 'a', name: 'a', metadata: {}, columns, rows: 0, from: 0 };
  expect(() => readServerMessage(JSON.stringify(hello))).toThrow("vector 'top' has a column 'length' at place 0");
});

it('its rows go through the same operators', async () => {
  const server = await serve();
  const bump = Array.from({ length: 60 }, (_, step) => ({ step, loss: step >= 30 && step < 34 ? 5 : 1 }));
  await lastValueFrom(from(bump).pipe(toWebSocket(server)));
  const verdicts = await lastValueFrom(fromWebSocket<LossRow>(server.url).pipe(spikes(), toArray()));
  expect(verdicts.flatMap(({ spikes: { event } }) => (event === null ? [] : [event.verdict]))).toEqual([
    'undecided',
    'spike',
  ]);
});

it('comes back after lost connections and gets every row once and in order', async () => {
  const server = await serve();
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(server.port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  const source = new Subject<LossRow>();
  source.pipe(toWebSocket(server)).subscribe();
  const { port } = proxy.address() as { port: number };
  const seen = lastValueFrom(fromWebSocket(`ws://127.0.0.1:${port}/`).pipe(take(300), toArray()));
  for (const row of rowsTo(300)) {
    source.next(row);
    if (row.step % 100 === 50) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      for (const socket of sockets) socket.destroy();
    }
    if (row.step % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect((await seen).map(({ step }) => step)).toEqual(Array.from({ length: 300 }, (_, step) => step));
});

it('a run that fails is an error, with its message', async () => {
  const server = await serve();
  const source = new Subject<LossRow>();
  source.pipe(toWebSocket(server)).subscribe({ error: () => {} });
  source.next({ step: 0, loss: 1 });
  source.error(new Error('the disk is full'));
  await expect(lastValueFrom(fromWebSocket(server.url))).rejects.toThrow('the run failed: the disk is full');
});

it('a token lets in, and its absence is an error', async () => {
  const token = 'a token of twenty chars';
  const server = await serve({ token });
  from(rowsTo(3)).pipe(toWebSocket(server)).subscribe();
  expect(await lastValueFrom(fromWebSocket(server.url, { token }).pipe(toArray()))).toHaveLength(3);
  await expect(lastValueFrom(fromWebSocket(server.url))).rejects.toThrow(/token is missing or wrong/);
});

it('stays with its run when another begins', async () => {
  const server = await serve();
  const first = new Subject<LossRow>();
  first.pipe(toWebSocket(server)).subscribe();
  for (const row of rowsTo(10)) first.next(row);
  const seen: number[] = [];
  const done = lastValueFrom(fromWebSocket(server.url).pipe(tap(({ step }) => seen.push(step))));
  while (seen.length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
  await lastValueFrom(from(rowsTo(3)).pipe(toWebSocket(server)));
  for (const { loss } of rowsTo(5)) first.next({ step: 100, loss });
  first.complete();
  await done;
  expect(seen).toHaveLength(15);
});

it('waits for a run to begin, and takes the one that is asked for', async () => {
  const server = await serve();
  const waiting = lastValueFrom(fromWebSocket(server.url, { encoding: 'arrow' }).pipe(toArray()));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const named = (name: string, count: number) =>
    rowsTo(count).map((row) => ({ ...row, run: runs[name]! })) as LossRow[];
  const columns = [{ name: 'loss', type: 'float64', unit: 'loss', meaning: '' }] as const;
  const runs: Record<string, Run> = { a: new Run('a', columns), b: new Run('b', columns) };
  await lastValueFrom(from(named('a', 2)).pipe(toWebSocket(server)));
  expect(await waiting).toHaveLength(2);
  await lastValueFrom(from(named('b', 4)).pipe(toWebSocket(server)));
  expect(await lastValueFrom(fromWebSocket(server.url, { run: 'a' }).pipe(toArray()))).toHaveLength(2);
  expect(await lastValueFrom(fromWebSocket(server.url).pipe(toArray()))).toHaveLength(4);
  await expect(lastValueFrom(fromWebSocket(server.url, { run: 'c' }))).rejects.toThrow("no run 'c': expected a, b");
});

it('rows that the server has thinned are an error, or told where somebody listens', async () => {
  const server = await serve({ historyBytes: 80_000 });
  await lastValueFrom(from(rowsTo(9000)).pipe(toWebSocket(server)));
  await expect(lastValueFrom(fromWebSocket(server.url))).rejects.toThrow(
    'the server keeps rows 0 to 4095 as buckets of 64 only: give onGap',
  );
  const gaps: Gap[] = [];
  const rows = await lastValueFrom(fromWebSocket(server.url, { onGap: (gap) => gaps.push(gap) }).pipe(toArray()));
  expect(gaps.map(({ from: begin, to }) => [begin, to])).toEqual([[0, 4096]]);
  expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: 4904 }, (_, index) => 4096 + index));
});

it.each([
  ['text that is no message', 'nonsense', 'it is not JSON'],
  ['rows out of turn', '{"type":"rows","run":"a","from":7,"count":1,"columns":{}}', 'it sent row 7: expected row 0'],
  ['a binary frame', Buffer.from([1, 2, 3]), 'an unannounced binary frame'],
])('a server that sends %s is an error in words', async (_what, frame, expected) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first]) => first! });
  closing.push(() => server.close());
  server.on('connection', (socket) => socket.send(frame));
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const url = `ws://127.0.0.1:${port}/`;
  await expect(lastValueFrom(fromWebSocket(url))).rejects.toThrow(
    new RegExp(`cannot connect to ${url}: .*${expected}`),
  );
});

it('nobody there is an error that names the address', async () => {
  await expect(firstValueFrom(runMessages('ws://127.0.0.1:9/'))).rejects.toThrow(
    /cannot connect to ws:\/\/127\.0\.0\.1:9\//,
  );
  await expect(firstValueFrom(runMessages('not an address'))).rejects.toThrow(/cannot connect to not an address/);
});
