import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type DashboardServer, type ServeOptions, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import type { NumberColumnBuckets } from '../../src/formats/webSocket/protocol.ts';
import { Run } from '../../src/run.ts';
import { bucketOf, Client } from './websocketClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(options: ServeOptions = {}): Promise<DashboardServer> {
  const server = await serveDashboard({ port: 0, ...options });
  closing.push(() => server.close());
  return server;
}

function join(server: DashboardServer, wishes = ''): Client {
  const client = new Client(server.url, ['onager.json.v1'], wishes);
  closing.push(() => client.socket.terminate());
  return client;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const run = new Run('r', [
  { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
  { name: 'loss', type: 'float64', unit: 'loss', meaning: '' },
  { name: 'padding', type: 'utf8', unit: '1', meaning: 'makes rows large, so that sockets fill' },
  { name: 'spikes', meaning: 'rises', role: 'event', columns: [] },
]);
const padding = 'x'.repeat(2000);

/** That what came, whole or in buckets, is what was sent. */
function expectToHave(client: Client, sent: readonly number[]): void {
  expect(client.mistakes).toEqual([]);
  expect(client.rows).toBe(sent.length);
  const inGap = new Uint8Array(sent.length);
  for (const gap of client.gaps) {
    inGap.fill(1, gap.from, gap.to);
    const left = gap.columns.loss as NumberColumnBuckets;
    for (const [bucket, min] of left.min.entries()) {
      const begin = gap.first + bucket * gap.size;
      const expected = bucketOf(sent, begin, Math.min(gap.to, begin + gap.size));
      expect([min, left.minRow[bucket], left.max[bucket], left.maxRow[bucket], left.marks?.[bucket] ?? 0]).toEqual(
        expected,
      );
    }
    expect(gap.exact.rows).toEqual(
      Array.from(sent.keys()).filter((row) => row >= gap.from && row < gap.to && row % 1000 === 7),
    );
    for (const [index, row] of gap.exact.rows.entries()) {
      expect(Number(gap.exact.columns.loss![index])).toBe(sent[row]);
    }
  }
  const whole = client.columns.loss!.map(Number);
  for (const [row, loss] of sent.entries()) if (inGap[row] === 0) expect(whole[row]).toBe(loss);
}

describe('a slow client', () => {
  it('is told what it missed by its extremes, and is live again', async () => {
    const server = await serve({ clientBytes: 200_000, lagBytes: 100_000 });
    const live = server.begin(run);
    const sent: number[] = [];
    const append = (count: number) => {
      for (let i = 0; i < count; i++) {
        const step = sent.length;
        const loss = step === 9001 ? 1e9 : step === 9502 ? Number.NaN : step === 9903 ? -Infinity : Math.sin(step);
        sent.push(loss);
        live.append({ run, step, loss, padding, spikes: step % 1000 === 7 ? { begin: step } : null } as never);
      }
    };
    append(10);
    const slow = join(server);
    const every = join(server, '?missed=every');
    await slow.until(() => slow.rows === 10 && every.rows === 10);
    for (const client of [slow, every]) client.socket.pause();
    for (let i = 0; i < 40; i++) {
      append(300);
      await pause(5);
    }
    // Until the sockets are full; what comes now is missed.
    await pause(1500);
    append(3000);
    for (const client of [slow, every]) client.socket.resume();
    await slow.until(() => slow.rows === sent.length, 20_000);
    await every.until(() => every.rows === sent.length, 20_000);
    append(100);
    await slow.until(() => slow.rows === sent.length, 20_000);
    await every.until(() => every.rows === sent.length, 20_000);
    expectToHave(slow, sent);
    expectToHave(every, sent);
    expect(slow.gaps.length).toBeGreaterThan(0);
    expect(slow.gaps.every(({ reason }) => reason === 'slow')).toBe(true);
    const missed = slow.gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    expect(missed).toBeGreaterThan(2000);
    expect(every.gaps).toEqual([]);
    expect(slow.events.size).toBe(every.events.size);
    // What came after is whole again.
    expect(slow.columns.loss!.at(-1)).toBe(sent.at(-1));
  });

  it('has, in the end, what was sent, however it reads and is cut off, and however much is thinned', async () => {
    const act = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ act: fc.constant('append' as const), count: fc.integer({ min: 1, max: 6000 }) }),
      },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('drop' as const), who: fc.nat(2) }) },
      { weight: 3, arbitrary: fc.record({ act: fc.constant('hold' as const), who: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('read' as const), who: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 16 }), async (acts) => {
        const server = await serveDashboard({ port: 0, clientBytes: 20_000, lagBytes: 20_000, historyBytes: 400_000 });
        const clients = ['', '?missed=every', '?follow=all'].map(
          (wishes) => new Client(server.url, ['onager.json.v1'], wishes),
        );
        try {
          const live = server.begin(run);
          const sent: number[] = [];
          for (const each of acts) {
            if (each.act === 'append') {
              for (let i = 0; i < each.count; i++) {
                const step = sent.length;
                const loss =
                  step % 1777 === 3 ? Number.NaN : step % 2111 === 5 ? Number.POSITIVE_INFINITY : Math.sin(step);
                sent.push(loss);
                const event = step % 1000 === 7 ? { begin: step } : null;
                live.append({ run, step, loss, padding: step % 50 === 0 ? padding : null, spikes: event } as never);
              }
            } else if (each.act === 'wait') await pause(each.ms);
            else {
              const client = clients[each.who]!;
              if (each.act === 'hold') client.socket.pause();
              else if (each.act === 'read') client.socket.resume();
              // The third follows all runs: it names no place of its own when it comes back.
              else if (each.who < 2) {
                await client.drop();
                client.reconnect();
              }
            }
          }
          for (const { socket } of clients) socket.resume();
          await Promise.all([live.end('complete'), ...clients.map((c) => c.until(() => c.state === 'complete'))]);
          for (const client of clients) {
            if (sent.length > 0) expectToHave(client, sent);
            expect(client.events.size).toBe(Math.max(0, Math.ceil((sent.length - 7) / 1000)));
          }
        } finally {
          for (const { socket } of clients) socket.terminate();
          await server.close();
        }
      }),
      { numRuns: 10 },
    );
  });
});

/** A WebSocket frame as bytes, masked as a client has to. */
function frame(opcode: number, payload: Buffer, { final = true, masked = true, reserved = 0 } = {}): Buffer {
  const head = Buffer.from([(final ? 0x80 : 0) | reserved | opcode, (masked ? 0x80 : 0) | payload.length]);
  return masked ? Buffer.concat([head, Buffer.alloc(4), payload]) : Buffer.concat([head, payload]);
}

describe('bytes that no WebSocket client sends', () => {
  const text = Buffer.from('{}');
  it.each<[string, Buffer]>([
    ['an unmasked frame', frame(1, text, { masked: false })],
    ['a reserved opcode', frame(3, text)],
    ['reserved bits', frame(1, text, { reserved: 0x70 })],
    ['a continuation of nothing', frame(0, text)],
    ['a control frame in pieces', frame(9, text, { final: false })],
    ['a length of 2^63', Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
    ['a length above what is allowed', Buffer.from([0x81, 0xfe, 0xff, 0xff, 0, 0, 0, 0])],
    ['a close frame of one byte', frame(8, Buffer.from([1]))],
    ['a flood of pings', Buffer.concat(Array.from({ length: 5000 }, () => frame(9, text)))],
    [
      'endless pieces',
      Buffer.concat(Array.from({ length: 3000 }, (_, i) => frame(i === 0 ? 1 : 0, text, { final: false }))),
    ],
    ['noise', randomBytes(5000)],
    ['half a frame', Buffer.from([0x81])],
    ['HTTP once more', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ])('%s: the run and the others do not notice', async (_what, bytes) => {
    const server = await serve();
    const live = server.begin(run);
    const bystander = join(server);
    await bystander.until(() => bystander.run !== undefined);
    const hostile = connect(server.port, '127.0.0.1');
    closing.push(() => hostile.destroy());
    hostile.on('error', () => {});
    hostile.write(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    await new Promise((resolve) => hostile.once('data', resolve));
    hostile.write(bytes);
    for (let step = 0; step < 100; step++) live.append({ run, step, loss: step } as never);
    await bystander.until(() => bystander.rows === 100);
    expect(bystander.socket.readyState).toBe(WebSocket.OPEN);
  });
});
