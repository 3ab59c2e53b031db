import { once } from 'node:events';
import { createConnection } from 'node:net';
import fc from 'fast-check';
import { from, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import { Run } from '../../src/run.ts';
import { Client, collectGarbage, sampleRun } from './websocketClient.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const handshake = `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`;

describe('delivery', () => {
  it('gives each client each row exactly once, whenever it joins and however often it is cut off', async () => {
    const act = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ act: fc.constant('append' as const), count: fc.integer({ min: 1, max: 3000 }) }),
      },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('drop' as const), who: fc.nat(2) }) },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 60 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 14 }), async (acts) => {
        const server = await serveDashboard({ port: 0, clientBytes: 20_000 });
        const clients = [new Client(server.url)];
        try {
          const run = sampleRun();
          const live = server.begin(run);
          const sent: number[] = [];
          for (const each of acts) {
            if (each.act === 'append') {
              for (let i = 0; i < each.count; i++) {
                const step = sent.length;
                const loss = Math.sin(step) / 3;
                sent.push(loss);
                live.append({ run, step, loss, spikes: step % 500 === 3 ? { begin: step, at: step } : null } as never);
              }
            } else if (each.act === 'pause') await pause(each.ms);
            else {
              const client = clients[each.who];
              if (client === undefined) clients.push(new Client(server.url));
              else {
                await client.drop();
                client.reconnect();
              }
            }
          }
          await Promise.all([live.end('complete'), ...clients.map((c) => c.until(() => c.state === 'complete'))]);
          for (const client of clients) {
            expect(client.mistakes).toEqual([]);
            expect(client.columns.loss ?? []).toEqual(sent);
            expect(client.events.size).toBe(sent.length > 3 ? Math.floor((sent.length - 4) / 500) + 1 : 0);
          }
        } finally {
          for (const { socket } of clients) socket.terminate();
          await server.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  it('costs one slow client no more than its budget, slows nobody, and lets it catch up', async () => {
    const server = await serveDashboard({ port: 0, clientBytes: 100_000 });
    const slow = new Client(server.url, ['onager.json.v1'], '?missed=every');
    const quick = new Client(server.url, ['onager.json.v1'], '?missed=every');
    await quick.until(() => slow.state === 'waiting' && quick.state === 'waiting');
    slow.socket.pause();
    const run = wideRun();
    const live = server.begin(run);
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    const count = 60_000;
    const values = new Array(20).fill(1 / 3);
    const fields = Object.fromEntries(values.map((value, index) => [`x${index}`, value]));
    for (let step = 0; step < count; step++) {
      live.append({ run, step, ...fields });
      if (step % 2000 === 0) await pause(5);
    }
    const started = performance.now();
    await live.end('complete');
    expect(performance.now() - started).toBeLessThan(1500);
    await quick.until(() => quick.state === 'complete', 20_000);
    expect(quick.rows).toBe(count);
    // 60 000 rows of 20 columns are 10 MB of history; as text they would be 24 MB more for the slow one.
    // Buffers that nobody holds are given back in their own time.
    const held = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before;
    };
    await expect.poll(held, { timeout: 10_000, interval: 100 }).toBeLessThan(30e6);
    expect(slow.rows).toBeLessThan(count);
    slow.socket.resume();
    await slow.until(() => slow.state === 'complete', 20_000);
    expect(slow.rows).toBe(count);
    expect([...slow.mistakes, ...quick.mistakes]).toEqual([]);
    slow.socket.terminate();
    quick.socket.terminate();
    await server.close();
  });

  it('gives up a client that shows no sign of life, and keeps one that does', async () => {
    const server = await serveDashboard({ port: 0, heartbeat: 0.1 });
    const alive = new Client(server.url);
    await alive.until(() => alive.state === 'waiting');
    // Shakes hands and never says another word.
    const dead = createConnection(server.port, '127.0.0.1');
    dead.on('error', () => {});
    dead.write(handshake);
    await alive.until(() => server.viewers === 2);
    await alive.until(() => server.viewers === 1, 2000);
    await pause(300);
    expect(server.viewers).toBe(1);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
    alive.socket.terminate();
    dead.destroy();
    await server.close();
  });

  it('closes within about a second whoever does not answer, refused clients included', async () => {
    const server = await serveDashboard({ port: 0, token: 'a token of enough length' });
    const mute = createConnection(server.port, '127.0.0.1');
    mute.on('error', () => {});
    mute.write(handshake);
    await once(mute, 'data');
    const idle = createConnection(server.port, '127.0.0.1');
    idle.on('error', () => {});
    await once(idle, 'connect');
    const started = performance.now();
    await server.close();
    expect(performance.now() - started).toBeLessThan(2000);
    mute.destroy();
    idle.destroy();
  });

  it('never lets a client that vanishes reach the stream', async () => {
    const server = await serveDashboard({ port: 0 });
    const clients = Array.from({ length: 5 }, () => new Client(server.url));
    await Promise.all(clients.map((client) => client.until(() => client.state === 'waiting')));
    const run = sampleRun();
    const rows = Array.from({ length: 20_000 }, (_, step) => ({ run, step, loss: step }));
    const done = lastValueFrom(from(rows).pipe(toWebSocket(server)));
    for (const { socket } of clients) socket.terminate();
    expect((await done).step).toBe(19_999);
    await server.close();
  });

  it('sends rows of any width in frames of bounded size', async () => {
    const server = await serveDashboard({ port: 0 });
    const run = sampleRun();
    const live = server.begin(run);
    for (let step = 0; step < 100; step++) live.append({ run, step, note: 'x'.repeat(30_000) } as never);
    const client = new Client(server.url);
    let largest = 0;
    client.socket.on('message', (data) => {
      largest = Math.max(largest, String(data).length);
    });
    await client.until(() => client.rows === 100);
    expect(largest).toBeLessThan(600_000);
    expect(client.mistakes).toEqual([]);
    client.socket.terminate();
    await server.close();
  });
});

function wideRun(): Run {
  return new Run('wide', [
    { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
    ...Array.from(
      { length: 20 },
      (_, index) => ({ name: `x${index}`, type: 'float64', unit: '1', meaning: '' }) as const,
    ),
  ]);
}
