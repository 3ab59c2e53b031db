import { from, lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { onager } from './onager.ts';

let server: DashboardServer;
beforeAll(async () => {
  server = await serveDashboard({ port: 0 });
  const rows = Array.from({ length: 80 }, (_, step) => ({
    step,
    loss: step >= 40 && step < 44 ? Number.NaN : 1 / (step + 1),
  }));
  await lastValueFrom(from(rows).pipe(spikes(), toWebSocket(server)));
}, 120_000);
afterAll(() => server.close());

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
