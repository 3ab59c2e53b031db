import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LiveFrames } from '../../sinks/dashboard/page/liveFrames.ts';
import { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import { serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { Run } from '../../src/run.ts';
import { ArrowFrames } from '../../src/sources/webSocket/arrowFrames.ts';
import type { Row } from '../../src/step.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const columns = [
  { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
  { name: 'loss', type: 'float64', unit: 'loss', meaning: '' },
  { name: 'rare', type: 'float64', unit: 'norm', meaning: '', nullable: true },
  { name: 'clipped', type: 'bool', unit: '1', meaning: '' },
  { name: 'note', type: 'utf8', unit: '1', meaning: '', nullable: true },
] as const;

const loss = (step: number) => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, step / 7][step % 4]!;

it('two runs in turns come as they were, rows by column', async () => {
  const server = await serveDashboard({ port: 0 });
  closing.push(() => server.close());
  const count = 5000;
  for (const name of ['a', 'b']) {
    const run = new Run(name, columns);
    const live = server.begin(run);
    for (let step = 0; step < count; step++) {
      const rare = step % 10 === 0 ? step : null;
      live.append({ run, step, loss: loss(step), rare, clipped: step % 2 === 0, note: 'x' } as unknown as Row);
    }
    await live.end('complete');
  }
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}?follow=all`, 'onager.arrow.v1');
  closing.push(() => socket.terminate());
  socket.binaryType = 'arraybuffer';
  const frames = new LiveFrames(ArrowFrames);
  const records = new Map<string, RunRecord>();
  let over = 0;
  socket.on('message', (data: ArrayBuffer | Buffer, isBinary) => {
    const message = frames.take(isBinary ? (data as ArrayBuffer) : Buffer.from(data as ArrayBuffer).toString());
    if (message?.type === 'hello') records.set(message.run, new RunRecord(message));
    else if (message?.type === 'rows') records.get(message.run)!.takeRows(message);
    else if (message?.type === 'status') over++;
  });
  await once(socket, 'open');
  while (over < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect([...records.values()].map(({ hello }) => hello.name)).toEqual(['a', 'b']);
  for (const record of records.values()) {
    expect(record.rows).toBe(count);
    const series = (key: string) => {
      const { rows, y, length } = record.series(key)!;
      return Array.from({ length }, (_, i) => [rows[i], y[i]]);
    };
    const steps = Array.from({ length: count }, (_, step) => step);
    expect(series('loss')).toEqual(steps.map((step) => [step, loss(step)]));
    expect(series('rare')).toEqual(steps.filter((step) => step % 10 === 0).map((step) => [step, step]));
    expect(series('clipped')).toEqual(steps.map((step) => [step, step % 2 === 0 ? 1 : 0]));
    expect(record.series('note')).toBeUndefined();
  }
});

it('binary frames that nothing announced are an error', () => {
  const bytes = new ArrayBuffer(8);
  expect(() => new LiveFrames(ArrowFrames).take(bytes)).toThrow('an unannounced binary frame');
  const early = new LiveFrames(ArrowFrames);
  early.take('{"type":"rows","run":"a","from":0,"count":1}');
  expect(() => early.take(bytes)).toThrow('rows before their schema');
});
