import { from, lastValueFrom, Subject } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { Run } from '../../src/run.ts';
import { Client } from '../sinks/websocketClient.ts';
import { onager } from './onager.ts';

let server: DashboardServer;
beforeAll(async () => {
  server = await serveDashboard({ port: 0 });
  await begin();
}, 120_000);
afterAll(() => server.close());

const loss = { name: 'loss', type: 'float64', unit: 'loss', meaning: 'loss' } as const;

/** Shows the run that most tests are about; it is the latest from then on. */
async function begin(): Promise<void> {
  const rows = Array.from({ length: 80 }, (_, step) => ({
    step,
    loss: step >= 40 && step < 44 ? Number.NaN : 1 / (step + 1),
  }));
  await lastValueFrom(from(rows).pipe(spikes(), toWebSocket(server)));
}

/** Runs until it has printed what matches, then interrupts it. */
async function until(pattern: RegExp, ...args: string[]) {
  const run = onager('tail', server.url, ...args);
  let seen = '';
  await new Promise<void>((resolve) => {
    run.child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk;
      if (pattern.test(seen)) resolve();
    });
  });
  run.child.kill('SIGINT');
  await run.finished;
  return seen;
}

it('--json: every row a line, NaN as text', async () => {
  const lines = (await until(/"step":79/, '--json', '--fields', 'step,loss,spikes.open')).trim().split('\n');
  expect(lines).toHaveLength(80);
  expect(JSON.parse(lines[40]!)).toEqual({ step: 40, loss: 'NaN', 'spikes.open': true });
});

it('--follow-events: a line each, the last report of every event', async () => {
  expect(await until(/\n/, '--follow-events')).toMatch(/^spikes\.event {2}step 40 {2}closed {2}divergence/);
});

it('a table with sparklines, printed when the run is over where there is no terminal', async () => {
  const table = await until(/complete/, '--fields', 'loss');
  expect(table).toMatch(/80 rows {2}complete\nloss +0\.0125 {2}[▁-█!]+ {2}loss\n/);
});

it('--run: the run of that name, not the latest', async () => {
  const rows = [{ step: 0, loss: 2, run: new Run('other', [loss]) }];
  await lastValueFrom(from(rows).pipe(toWebSocket(server)));
  try {
    expect(await until(/complete/, '--run', 'stream', '--fields', 'step')).toMatch(/^stream {2}80 rows/);
    const { code, stderr } = await onager('tail', server.url, '--run', 'lost').finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/no run 'lost': expected stream, other/);
  } finally {
    await begin();
  }
});

it('a run that outgrew the memory: what is left of it, and where rows are missing', async () => {
  const small = await serveDashboard({ port: 0, historyBytes: 100_000 });
  try {
    const rows = Array.from({ length: 20_000 }, (_, step) => ({ step, loss: step === 4321 ? 1e6 : 1 }));
    await lastValueFrom(from(rows).pipe(toWebSocket(small)));
    const { child, finished } = onager('tail', small.url, '--json');
    child.stdout.on('data', (chunk: Buffer) => {
      if (/"step":19999/.test(String(chunk))) child.kill('SIGINT');
    });
    const { stdout, stderr } = await finished;
    const missing = /^rows 0 to (\d+): only the extremes of every 64, as the server keeps no more$/m.exec(stderr);
    expect(missing, stderr).not.toBeNull();
    expect(JSON.parse(stdout.slice(0, stdout.indexOf('\n')))).toMatchObject({ step: Number(missing![1]) + 1 });
    const table = onager('tail', small.url, '--fields', 'loss');
    let seen = '';
    table.child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk;
      if (/complete/.test(seen)) table.child.kill('SIGINT');
    });
    await table.finished;
    // The one high value is in the rows that are thinned.
    expect(seen).toMatch(/20000 rows {2}complete\nloss +1 {2}▁{6}█▁{25} /);
  } finally {
    await small.close();
  }
});

it('--follow-events: who controlled the run', async () => {
  const token = 'a control token, long enough';
  const controlled = await serveDashboard({ port: 0, controlToken: token, control$: { next: () => {} } });
  try {
    const source = new Subject<{ step: number; loss: number }>();
    source.pipe(toWebSocket(controlled)).subscribe();
    source.next({ step: 0, loss: 1 });
    const offered = `onager.control.${Buffer.from(token).toString('base64url')}`;
    const client = new Client(controlled.url, ['onager.json.v1', offered]);
    await client.until(() => client.rows === 1);
    client.say({ type: 'control', run: client.run, action: { type: 'setLearningRate', value: 0.5 } });
    await client.until(() => client.answers.length === 1);
    client.socket.terminate();
    const run = onager('tail', controlled.url, '--follow-events');
    run.child.stdout.once('data', () => run.child.kill('SIGINT'));
    expect((await run.finished).stdout).toBe('control  row 1  setLearningRate 0.5  by client 1  accepted\n');
  } finally {
    await controlled.close();
  }
});

it.each([
  [['ws://127.0.0.1:9'], /cannot connect to ws:\/\/127\.0\.0\.1:9/],
  [['nonsense'], /nonsense: expected an address such as/],
])('%j: one line, exit code 1', async (args, expected) => {
  const { code, stderr } = await onager('tail', ...args).finished;
  expect(code).toBe(1);
  expect(stderr).toMatch(expected);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

it('a field that is not there is an error that names those that are', async () => {
  const { code, stderr } = await onager('tail', server.url, '--fields', 'lozz').finished;
  expect(code).toBe(1);
  expect(stderr).toMatch(/--fields lozz: expected some of step, loss, spikes\.open/);
});
