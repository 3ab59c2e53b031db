import { from, lastValueFrom, Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type DashboardServer, type ServeOptions, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import type { ServerMessage } from '../../src/formats/webSocket/protocol.ts';
import { mlp } from '../../src/models/mlp.ts';
import { Run } from '../../src/run.ts';
import type { LossRow } from '../../src/step.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { train } from '../../src/training/train.ts';
import { Client } from './websocketClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(options: ServeOptions = {}): Promise<DashboardServer> {
  const server = await serveDashboard({ port: 0, ...options });
  closing.push(() => server.close());
  return server;
}

const columns = [
  { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
  { name: 'loss', type: 'float64', unit: 'loss', meaning: '' },
] as const;

/** A run that is driven by hand, through the operator. */
function play(server: DashboardServer, name: string) {
  const source = new Subject<LossRow>();
  const run = new Run(name, columns);
  source.pipe(toWebSocket(server)).subscribe();
  let step = 0;
  return {
    source,
    steps(count: number) {
      for (let i = 0; i < count; i++) source.next({ run, step, loss: 1 / ++step });
    },
  };
}

/** What a client is told, by run. */
class Listener extends Client {
  readonly losses = new Map<string, unknown[]>();
  readonly states = new Map<string | null, string>();
  readonly order: string[] = [];

  readonly rates = new Map<string, unknown>();

  constructor(server: DashboardServer, wishes = '', protocols = ['onager.json.v1']) {
    super(server.url, protocols, wishes);
    closing.push(() => this.socket.terminate());
    this.mistakes = [];
    this.socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      this.order.push(message.type);
      if (message.type === 'hello' && message.from === 0) this.losses.set(message.run, []);
      if (message.type === 'status') this.states.set(message.run, message.state);
      if (message.type !== 'rows') return;
      const losses = this.losses.get(message.run)!;
      if (losses.length !== message.from) this.mistakes.push(`row ${message.from} after ${losses.length}`);
      losses.push(...message.columns.loss!);
      this.rates.set(message.run, message.columns.learningRate?.[0]);
    });
  }

  idOf(name: string): string | undefined {
    return [...this.runs.values()].findLast((each) => each.name === name)?.run;
  }

  rowsOf(name: string): number | undefined {
    return this.losses.get(this.idOf(name) ?? '')?.length;
  }
}

describe('many runs on one server', () => {
  it('lists them, with what becomes of them', async () => {
    const server = await serve();
    const first = play(server, 'first');
    first.steps(3);
    const client = new Listener(server);
    await client.until(() => client.runs.size === 1);
    expect(client.order[0]).toBe('runs');
    expect([...client.runs.values()][0]).toMatchObject({ name: 'first', state: 'running', rows: 3 });
    play(server, 'second').steps(1);
    await client.until(() => client.idOf('second') !== undefined);
    first.source.complete();
    await client.until(() => client.runs.get(client.idOf('first')!)!.state === 'complete');
  });

  it('shows all of them to who asks for all, also those that begin later', async () => {
    const server = await serve();
    const runs = ['a', 'b', 'c'].map((name) => play(server, name));
    runs[0]!.steps(5000);
    runs[1]!.steps(10);
    const client = new Listener(server, '?follow=all');
    for (let round = 0; round < 20; round++) {
      for (const [index, run] of runs.entries()) run.steps(100 * (index + 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const { source } of runs) source.complete();
    await client.until(() => [...client.states.values()].filter((state) => state === 'complete').length === 3);
    expect(['a', 'b', 'c'].map((name) => client.rowsOf(name))).toEqual([7000, 4010, 6000]);
    expect(client.losses.get(client.idOf('a')!)).toEqual(Array.from({ length: 7000 }, (_, step) => 1 / (step + 1)));
  });

  it('shows several trainings that go on at once, each under control of its own', async () => {
    const controlToken = 'a control token, long enough';
    const server = await serve({ controlToken });
    const secret = `onager.control.${Buffer.from(controlToken).toString('base64url')}`;
    const client = new Listener(server, '?follow=all', ['onager.json.v1', secret]);
    const begin = (learningRate: number, steps: number) => {
      const control$ = new Subject<ControlMessage>();
      const spec = { task: lowRankRegression({ dimension: 4, samples: 10 }), model: mlp({ widths: [8] }) };
      return lastValueFrom(
        train({ ...spec, learningRate, steps }, { control$ }).pipe(toWebSocket(server, { control$ })),
      );
    };
    const short = begin(0.1, 30);
    const endless = begin(0.01, 1_000_000);
    const rates = () => [...client.rates.values()].sort();
    await client.until(() => client.losses.size === 2 && rates().length === 2);
    expect(rates()).toEqual([0.01, 0.1]);
    const id = [...client.rates].find(([, rate]) => rate === 0.01)![0];
    await short;
    client.say({ type: 'control', run: id, action: { type: 'stop' } });
    const { step } = await endless;
    await client.until(() => client.states.get(id) === 'complete');
    expect(client.losses.get(id)).toHaveLength(step + 1);
    expect(step).toBeLessThan(999_999);
    // Thirty steps, and the row after the last.
    expect([...client.losses.values()].map(({ length }) => length)).toContain(31);
  });

  it('shows the runs that a client names, goes on in each at its row, and stops when it is told to', async () => {
    const server = await serve();
    const [a, b] = ['a', 'b'].map((name) => play(server, name));
    a!.steps(10);
    b!.steps(20);
    const first = new Listener(server, '?follow=none');
    await first.until(() => first.runs.size === 2);
    expect(first.losses.size).toBe(0);
    first.say({ type: 'subscribe', run: first.idOf('a') });
    await first.until(() => first.rowsOf('a') === 10);
    first.say({ type: 'subscribe', run: first.idOf('b'), from: 0 });
    await first.until(() => first.rowsOf('b') === 20);
    first.say({ type: 'unsubscribe', run: first.idOf('a') });
    first.say({ type: 'subscribe', run: 'nowhere' });
    await first.until(() => first.dropped.length === 1);
    a!.steps(5);
    b!.steps(5);
    await first.until(() => first.rowsOf('b') === 25);
    expect(first.rowsOf('a')).toBe(10);
    const froms: unknown[] = [];
    const again = new Client(
      server.url,
      ['onager.json.v1'],
      `?follow=none&at=${first.idOf('a')}:12&at=${first.idOf('b')}:25&at=nowhere:3`,
    );
    closing.push(() => again.socket.terminate());
    again.socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type === 'hello' || message.type === 'rows') froms.push([message.type, message.from]);
    });
    await again.until(() => froms.length === 3 && again.dropped.length === 1);
    expect(froms.sort()).toEqual([
      ['hello', 12],
      ['hello', 25],
      ['rows', 12],
    ]);
  });

  it('lets the latest take the place of the one before, but not of what a client asked for itself', async () => {
    const server = await serve();
    play(server, 'a').steps(3);
    const b = play(server, 'b');
    b.steps(3);
    const client = new Listener(server);
    await client.until(() => client.rowsOf('b') === 3);
    client.say({ type: 'subscribe', run: client.idOf('a') });
    await client.until(() => client.rowsOf('a') === 3);
    play(server, 'c').steps(4);
    await client.until(() => client.rowsOf('c') === 4);
    b.steps(10);
    play(server, 'd').steps(1);
    await client.until(() => client.rowsOf('d') === 1);
    expect(client.rowsOf('b')).toBe(3);
    expect(client.mistakes).toEqual([]);
  });

  it('lets ended runs go when memory runs short, oldest first, and says so', async () => {
    // Four chunks of two columns of 4096 numbers.
    const server = await serve({ memoryBytes: 4 * 2 * 4096 * 9 });
    const ids: string[] = [];
    const client = new Listener(server, '?follow=all');
    const endless = play(server, 'endless');
    endless.steps(4096);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const rows = Array.from({ length: 4096 }, (_, step) => ({ run: new Run(name, columns), step, loss: step }));
      await lastValueFrom(from(rows).pipe(toWebSocket(server)));
      await client.until(() => client.rowsOf(name) === 4096);
      ids.push(client.idOf(name)!);
    }
    endless.steps(1);
    await client.until(() => client.rowsOf('endless') === 4097);
    const states = ids.map((id) => client.runs.get(id)!.state);
    expect(states).toEqual(['dropped', 'dropped', 'complete', 'complete', 'complete']);
    expect(client.dropped.map(({ run }) => run)).toEqual(ids.slice(0, 2));
    const late = new Listener(server, '?follow=none');
    await late.until(() => late.runs.size === 4);
    late.say({ type: 'subscribe', run: ids[0] });
    await late.until(() => late.dropped.length === 1);
  });
});
