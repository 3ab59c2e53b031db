import { Subject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type ServeOptions, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { RateLimit, WrongTokens } from '../../sinks/websocket/rateLimit.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { Client, sampleRun } from './websocketClient.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const controlToken = 'a control token, long enough';
const secret = `onager.control.${Buffer.from(controlToken).toString('base64url')}`;

async function show(options: ServeOptions = {}) {
  const taken: ControlMessage[] = [];
  const control$ = new Subject<ControlMessage>();
  control$.subscribe((message) => taken.push(message));
  const server = await serveDashboard({ port: 0, controlToken, control$, ...options });
  closing.push(() => server.close());
  const source = new Subject<Row>();
  source.pipe(toWebSocket(server)).subscribe();
  const run = sampleRun();
  for (let step = 0; step < 3; step++) source.next({ run, step });
  const join = async (protocols = ['onager.json.v1']) => {
    const client = new Client(server.url, protocols);
    closing.push(() => client.socket.terminate());
    await client.until(() => client.rows === 3);
    return client;
  };
  return { server, source, taken, join };
}

const controls = (client: Client) => [...client.events.values()].filter(({ kind }) => kind === 'control');

describe('control', () => {
  it('reaches the run with the token offered as a subprotocol, and everybody is told', async () => {
    const { taken, join } = await show();
    const bystander = await join();
    const client = await join(['onager.json.v1', secret]);
    expect(client.socket.protocol).toBe('onager.json.v1');
    const actions = [
      { type: 'pause' },
      { type: 'resume' },
      { type: 'checkpoint' },
      { type: 'setLearningRate', value: 0.25 },
      { type: 'stop' },
    ] as const;
    for (const [index, action] of actions.entries()) {
      client.say({ type: 'control', run: client.run, action, id: `wish ${index}` });
    }
    await client.until(() => client.answers.length === 5);
    expect(taken).toEqual(actions);
    expect(client.answers[0]).toEqual({ type: 'answer', id: 'wish 0', accepted: true });
    await bystander.until(() => controls(bystander).length === 5);
    expect(controls(bystander)[3]).toMatchObject({ action: actions[3], accepted: true, row: 3, by: 'client 2' });
    const late = await join();
    await late.until(() => controls(late).length === 5);
    expect(JSON.stringify([...late.events])).not.toContain(controlToken);
  });

  it('reaches it with the token in a message, not before', async () => {
    const { taken, join } = await show();
    const client = await join();
    const wish = { type: 'control', run: client.run, action: { type: 'pause' } };
    client.say(wish);
    client.say({ type: 'authorize', token: 'a control token, long enougH' });
    client.say({ type: 'authorize', token: controlToken });
    client.say(wish);
    await client.until(() => client.answers.length === 4);
    expect(client.answers.map(({ accepted }) => accepted)).toEqual([false, false, true, true]);
    expect(taken).toHaveLength(1);
    await client.until(() => controls(client).length === 2);
    expect(client.events.get('control.refused 0')).toMatchObject({
      accepted: false,
      reason: 'the control token is missing or wrong',
    });
  });

  it('tells a client at once that the token it offered is wrong', async () => {
    const { join } = await show();
    const client = await join(['onager.json.v1', 'onager.control.bm90aGluZw']);
    await client.until(() => client.answers.length === 1);
    expect(client.answers[0]).toMatchObject({ id: null, accepted: false, reason: 'the control token is wrong' });
  });

  it('is refused where nobody may control, for no run, one that has none, and one that is over', async () => {
    const shown = await show({ controlToken: undefined });
    const client = await shown.join(['onager.json.v1', secret]);
    await client.until(() => client.answers.length === 1);
    expect(client.answers[0]).toMatchObject({ accepted: false, reason: 'this server takes no control' });
    const other = await show({ control$: undefined });
    const allowed = await other.join(['onager.json.v1', secret]);
    const action = { type: 'stop' };
    allowed.say({ type: 'control', run: 'nowhere', action });
    allowed.say({ type: 'control', run: allowed.run, action });
    await allowed.until(() => allowed.answers.length === 2);
    expect(allowed.answers.map(({ reason }) => reason)).toEqual(['no such run', 'this run cannot be controlled']);
    const third = await show();
    third.source.complete();
    const late = await third.join(['onager.json.v1', secret]);
    late.say({ type: 'control', run: late.run, action });
    await late.until(() => late.answers.length === 1);
    expect(late.answers[0]).toMatchObject({ accepted: false, reason: 'the run is over' });
    expect(third.taken).toEqual([]);
  });

  it('reaches the run that it names, where each brings its own', async () => {
    const { server, join } = await show();
    const own: ControlMessage[] = [];
    const run = sampleRun('own');
    const source = new Subject<Row>();
    source.pipe(toWebSocket(server, { control$: { next: (message) => own.push(message) } })).subscribe();
    for (let step = 0; step < 3; step++) source.next({ run, step });
    const client = await join(['onager.json.v1', secret]);
    client.say({ type: 'control', run: client.run, action: { type: 'pause' } });
    await client.until(() => own.length === 1);
  });

  it('an observer that throws is a refusal', async () => {
    const control$ = {
      next: () => {
        throw new Error('not while it rains');
      },
    };
    const { join } = await show({ control$ });
    const client = await join(['onager.json.v1', secret]);
    client.say({ type: 'control', run: client.run, action: { type: 'pause' } });
    await client.until(() => client.answers.length === 1);
    expect(client.answers[0]).toMatchObject({ accepted: false, reason: 'not while it rains' });
  });

  it.each([
    { type: 'control', action: { type: 'pause' } },
    { type: 'control', run: 'r', action: { type: 'setLearningRate', value: -1 } },
    { type: 'control', run: 'r', action: { type: 'setLearningRate', value: null } },
    { type: 'control', run: 'r', action: { type: 'reboot' } },
    { type: 'control', run: 'r', action: { type: 'pause', more: 1 } },
    { type: 'authorize' },
    { type: 'subscribe', run: 1 },
    { type: 'subscribe', run: 'r', from: 1.5 },
    [],
    null,
    {},
  ])('%j ends the connection, and does nothing', async (message) => {
    const { taken, join } = await show();
    const client = await join(['onager.json.v1', secret]);
    client.say(message as object);
    expect((await client.closed).code).toBe(1008);
    expect(taken).toEqual([]);
  });

  it('takes no token that can be guessed, nor one for both', async () => {
    await expect(serveDashboard({ port: 0, controlToken: 'short' })).rejects.toThrow('a control token of 5 characters');
    await expect(serveDashboard({ port: 0, controlToken, token: controlToken })).rejects.toThrow('give another one');
    await expect(serveDashboard({ port: 0, lagBytes: -1 })).rejects.toThrow(
      'serveDashboard: lagBytes = -1: expected a number of bytes, 1 or more',
    );
  });
});

describe('too many', () => {
  it('messages end the connection', async () => {
    const { join } = await show();
    const client = await join();
    for (let i = 0; i < 40; i++) client.say({ type: 'unsubscribe', run: 'none' });
    expect(await client.closed).toEqual({ code: 4429, reason: 'too many messages' });
  });

  it('pings end it', async () => {
    const { join } = await show();
    const client = await join();
    for (let i = 0; i < 40; i++) client.socket.ping();
    expect(await client.closed).toEqual({ code: 4429, reason: 'too many pings' });
  });

  it('wrong control tokens end it, and are no events', async () => {
    const { join } = await show();
    const client = await join();
    const bystander = await join();
    for (let i = 0; i < 15; i++) client.say({ type: 'control', run: client.run, action: { type: 'stop' } });
    expect(await client.closed).toEqual({ code: 4429, reason: 'too many wrong tokens' });
    await bystander.until(() => controls(bystander).length === 10);
  });

  it('wrong tokens are not looked at any more', async () => {
    const token = 'a token of twenty chars';
    const server = await serveDashboard({ port: 0, token });
    closing.push(() => server.close());
    const offer = (text: string) => ['onager.json.v1', `onager.token.${Buffer.from(text).toString('base64url')}`];
    for (let i = 0; i < 10; i++) {
      expect((await new Client(server.url, offer(`wrong token number ${i}`)).closed).code).toBe(4401);
    }
    // Refused before it is opened (429): for the socket that is an abnormal end.
    expect((await new Client(server.url, offer(token)).closed).code).toBe(1006);
  });

  it('is counted by address, over time', () => {
    const limit = new RateLimit(3, 0.5, 0);
    expect([0, 0, 0, 0].map((at) => limit.take(at))).toEqual([true, true, true, false]);
    expect([1, 2, 2.1, 3, 4].map((at) => limit.take(at))).toEqual([false, true, false, false, true]);
    const wrong = new WrongTokens();
    for (let i = 0; i < 20; i++) wrong.count('10.0.0.1');
    expect([wrong.allows('10.0.0.1'), wrong.allows('10.0.0.2')]).toEqual([false, true]);
    for (let i = 0; i < 2000; i++) wrong.count(`host ${i}`);
    expect(wrong.allows('10.0.0.1')).toBe(true);
  });
});
