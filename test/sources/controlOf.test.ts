import { once } from 'node:events';
import { Subject } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { type ServeOptions, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import { type ControlOptions, ControlRefusedError, controlOf } from '../../src/sources/webSocket/controlOf.ts';
import { CannotConnectError } from '../../src/sources/webSocket/openSocket.ts';
import type { LossRow } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { train } from '../../src/training/train.ts';
import { smallSpec } from '../training/smallRun.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const controlToken = 'a control token, long enough';

async function serve(options: ServeOptions = {}) {
  const control$ = new Subject<ControlMessage>();
  const taken: ControlMessage[] = [];
  control$.subscribe((message) => taken.push(message));
  const server = await serveDashboard({ port: 0, controlToken, control$, ...options });
  closing.push(() => server.close());
  return { server, control$, taken };
}

function control(url: string, options: Partial<ControlOptions> = {}) {
  const controlled = controlOf(url, { controlToken, ...options });
  closing.push(() => controlled.close());
  return controlled;
}

/** A run of one row that goes on. */
function begin(server: Awaited<ReturnType<typeof serveDashboard>>) {
  const source = new Subject<LossRow>();
  source.pipe(toWebSocket(server)).subscribe();
  source.next({ step: 0, loss: 1 });
  return source;
}

it('pauses, steers, resumes and ends a run that trains', async () => {
  const { server, control$ } = await serve();
  const steered = control(server.url);
  const rates: number[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    train(smallSpec({ steps: 1_000_000 }), { control$ })
      .pipe(toWebSocket(server))
      .subscribe({ next: ({ learningRate }) => rates.push(learningRate), error: reject, complete: resolve });
  });
  while (rates.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await steered.pause();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const paused = rates.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(rates).toHaveLength(paused);
  await steered.setLearningRate(0.0625);
  await steered.resume();
  while (rates.length === paused) await new Promise((resolve) => setTimeout(resolve, 5));
  await steered.stop();
  await ended;
  expect(rates.at(-1)).toBe(0.0625);
  await expect(steered.pause()).rejects.toThrow(new ControlRefusedError({ type: 'pause' }, 'the run is over'));
});

it('hands every action over in order, to the latest run of a name', async () => {
  const token = 'a token of twenty chars';
  const { server, taken } = await serve({ token });
  begin(server).complete();
  const over = control(server.url, { token, run: 'stream' });
  await expect(over.checkpoint()).rejects.toThrow('checkpoint was refused: the run is over');
  begin(server);
  const named = control(server.url, { token, run: 'stream' });
  await Promise.all([named.pause(), named.checkpoint(), named.resume(), named.setLearningRate(0), named.stop()]);
  expect(taken.map(({ type }) => type)).toEqual(['pause', 'checkpoint', 'resume', 'setLearningRate', 'stop']);
});

it('connects again after the connection was lost', async () => {
  const { server, taken } = await serve();
  begin(server);
  const again = control(server.url);
  await again.pause();
  again.close();
  await again.resume();
  expect(taken).toHaveLength(2);
});

it.each<[string, ServeOptions, Partial<ControlOptions>, new (...said: never[]) => Error, string]>([
  ['a wrong control token', {}, { controlToken: 'x' }, ControlRefusedError, 'the control token is missing or wrong'],
  ['nobody may', { controlToken: undefined }, {}, ControlRefusedError, 'the control token is missing or wrong'],
  ['a run without control', { control$: undefined }, {}, ControlRefusedError, 'this run cannot be controlled'],
  ['a missing token', { token: 'a token of twenty chars' }, {}, CannotConnectError, 'the token is missing or wrong'],
  ['another run', {}, { run: 'other' }, CannotConnectError, "no run 'other': expected stream"],
])('%s is an error in words', async (_what, served, asked, kind, expected) => {
  const { server, taken } = await serve(served);
  begin(server);
  const refused = control(server.url, asked).pause();
  await expect(refused).rejects.toThrow(expected);
  await expect(refused).rejects.toBeInstanceOf(kind);
  expect(taken).toEqual([]);
});

it('a rate that cannot be, no run, nobody there, no address and a close are errors in words', async () => {
  const { server } = await serve();
  await expect(control(server.url).pause()).rejects.toThrow('no run: none has begun');
  await expect(control(server.url).setLearningRate(Number.NaN)).rejects.toThrow('expected a number, 0 or more');
  await expect(control('ws://127.0.0.1:9/').pause()).rejects.toThrow('cannot connect to ws://127.0.0.1:9/');
  await expect(control('nowhere').pause()).rejects.toThrow('cannot connect to nowhere');
  const closed = control(server.url);
  const asked = closed.pause();
  closed.close();
  await expect(asked).rejects.toThrow('it was closed on this side');
});

it.each([
  ['says nothing and goes', (socket: { terminate(): void }) => socket.terminate(), 'cannot connect'],
  ['speaks another language', (socket: { send(text: string): void }) => socket.send('nonsense'), 'it is not JSON'],
] as const)('a server that %s is an error', async (_what, behave, expected) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: ([first]) => first! });
  closing.push(() => server.close());
  server.on('connection', behave);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await expect(control(`ws://127.0.0.1:${port}/`).pause()).rejects.toThrow(expected);
});
