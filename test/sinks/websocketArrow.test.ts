import { tableFromIPC } from 'apache-arrow';
import { from, lastValueFrom, Subject, toArray } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import type { ServerMessage } from '../../src/formats/webSocket/protocol.ts';
import { fromWebSocket } from '../../src/sources/webSocket/fromWebSocket.ts';
import type { Row } from '../../src/step.ts';
import { sampleRun } from './websocketClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(): Promise<DashboardServer> {
  const server = await serveDashboard({ port: 0 });
  closing.push(() => server.close());
  return server;
}

const run = sampleRun();
const rowsTo = (count: number) =>
  Array.from({ length: count }, (_, step) => ({
    run,
    step,
    loss: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1 / 3][step % 5],
    note: step % 3 === 0 ? `ström ${step}` : null,
    kernel: { lambda: step % 4 === 0 ? step / 7 : null, fresh: step % 2 === 0 ? step % 4 === 0 : null },
    spikes: step === 9 ? { begin: 9, state: 'open' } : null,
  })) as unknown as Row[];

/** All frames of a connection until the run is over: messages, and binary frames put together. */
function listen(url: string): Promise<{ messages: ServerMessage[]; stream: Buffer }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'onager.arrow.v1');
    closing.push(() => socket.terminate());
    const messages: ServerMessage[] = [];
    const frames: Buffer[] = [];
    socket.on('error', reject);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        frames.push(data);
        return;
      }
      const message = JSON.parse(String(data)) as ServerMessage;
      messages.push(message);
      if (message.type === 'status' && message.state === 'complete')
        resolve({ messages, stream: Buffer.concat(frames) });
    });
  });
}

it('its binary frames are an Arrow stream: schema, then a batch for each frame', async () => {
  const server = await serve();
  const source = new Subject<Row>();
  const done = lastValueFrom(source.pipe(toWebSocket(server)));
  const rows = rowsTo(5000);
  for (const row of rows.slice(0, 4500)) source.next(row);
  const heard = listen(server.url);
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const row of rows.slice(4500)) source.next(row);
  source.complete();
  await done;
  const { messages, stream } = await heard;
  expect(messages[0]!.type).toBe('runs');
  expect(messages.filter(({ type }) => type === 'hello')).toMatchObject([{ protocol: 'onager.arrow.v1', from: 0 }]);
  expect(messages.filter(({ type }) => type === 'events')).toHaveLength(1);
  const heads = messages.filter((message) => message.type === 'rows');
  const table = tableFromIPC(stream);
  expect(table.batches.map(({ numRows }) => numRows)).toEqual(heads.map(({ count }) => count));
  expect(heads.map((head) => head.from)).toEqual(
    heads.map((_, i) => heads.slice(0, i).reduce((n, h) => n + h.count, 0)),
  );
  expect(table.schema.fields.map(({ name, type }) => `${name}: ${type}`)).toEqual([
    'step: Int32',
    'loss: Float64',
    'note: Utf8',
    'kernel.lambda: Float64',
    'kernel.fresh: Bool',
  ]);
  expect(table.schema.metadata.get('onager.run')).toBe('sample');
  expect(table.getChild('kernel.lambda')!.toArray().length).toBe(5000);
  for (const [index, row] of rows.entries()) {
    const { step, loss, note, kernel } = row as unknown as Record<string, Record<string, unknown>>;
    const got = ['step', 'loss', 'note', 'kernel.lambda', 'kernel.fresh'].map((name) =>
      table.getChild(name)!.get(index),
    );
    expect(got).toEqual([step, loss, note, kernel!.lambda, kernel!.fresh]);
  }
});

it('gives the same rows as JSON does, -0 as well', async () => {
  const server = await serve();
  const sent = await lastValueFrom(from(rowsTo(700)).pipe(toWebSocket(server), toArray()));
  const byArrow = await lastValueFrom(fromWebSocket(server.url, { encoding: 'arrow' }).pipe(toArray()));
  const byJson = await lastValueFrom(fromWebSocket(server.url).pipe(toArray()));
  const plain = (row: Row) => ({ ...row, run: undefined, spikes: undefined });
  expect(byArrow.map(plain)).toEqual(sent.map(plain));
  // JSON has no -0.
  const unsigned = (row: Row) =>
    JSON.parse(JSON.stringify(plain(row), (_, value) => (Object.is(value, -0) ? 0 : value)));
  expect(byJson.map(unsigned)).toEqual(sent.map(unsigned));
  expect(byArrow[0]!.run!.columns).toEqual(byJson[0]!.run!.columns);
});

it('has null where a number is too large for its column', async () => {
  const server = await serve();
  const rows = [1, 2 ** 31 - 1, 2 ** 31, 0.5].map((step) => ({ run: sampleRun(), step }) as Row);
  await lastValueFrom(from(rows).pipe(toWebSocket(server)));
  const seen = await lastValueFrom(fromWebSocket(server.url, { encoding: 'arrow' }).pipe(toArray()));
  expect(seen.map(({ step }) => step)).toEqual([1, 2 ** 31 - 1, null, null]);
});
