import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { type DashboardServer, type LiveRun, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { Run } from '../../src/run.ts';
import { collectGarbage } from './websocketClient.ts';

const columns = 12;
const run = new Run('crowded', [
  { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
  ...Array.from({ length: columns }, (_, i) => ({ name: `x${i}`, type: 'float64', unit: '1', meaning: '' }) as const),
]);
const fields = Object.fromEntries(Array.from({ length: columns }, (_, i) => [`x${i}`, Math.sin(i + 1)]));

const children: ChildProcess[] = [];
const servers: DashboardServer[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.close();
});

async function serve(): Promise<DashboardServer> {
  const server = await serveDashboard({ port: 0, clientBytes: 100_000, lagBytes: 200_000, historyBytes: 2 ** 22 });
  servers.push(server);
  return server;
}

/** A hundred clients in a process of their own, of which fifty never read. */
async function crowd(server: DashboardServer) {
  const child = spawn(process.execPath, ['test/sinks/children/clients.mjs', server.url, '100', '50'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const line = () => new Promise<string>((resolve) => child.stdout!.once('data', (data) => resolve(String(data))));
  expect(await line()).toBe('open\n');
  return {
    async rows() {
      const answer = line();
      child.stdin!.write('?');
      return Number((await answer).slice(5));
    },
  };
}

/** Seconds that this process has had a processor: what others on this machine take does not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Trains for some steps of about a millisecond, yielding to the event loop every 8 ms as the trainer does.
 * @returns processor seconds that went into the steps, and into all else: rows, sockets, the event loop
 */
async function train(live: LiveRun, from: number, steps: number): Promise<{ training: number; rest: number }> {
  let weight = 0;
  let training = 0;
  const begun = processorTime();
  let yielded = performance.now();
  for (let step = from; step < from + steps; step++) {
    const stepBegun = processorTime();
    for (let i = 0; i < 80_000; i++) weight += Math.sqrt(i + weight);
    training += processorTime() - stepBegun;
    live.append({ run, step, ...fields });
    if (performance.now() - yielded < 8) continue;
    await new Promise((resolve) => setImmediate(resolve));
    yielded = performance.now();
  }
  if (!(weight > 0)) throw new Error('nothing was trained');
  return { training, rest: processorTime() - begun - training };
}

it('a hundred clients, of which fifty never read, slow training by less than a twentieth', async () => {
  const alone = await serve();
  const crowded = await serve();
  const people = await crowd(crowded);
  const [bare, shown] = [alone.begin(run), crowded.begin(run)];
  const segment = 250;
  // What else this machine does can only add to a round: the least of the rounds is what the work itself costs.
  const least = {
    training: Number.POSITIVE_INFINITY,
    without: Number.POSITIVE_INFINITY,
    within: Number.POSITIVE_INFINITY,
  };
  for (let round = 0; round < 10; round++) {
    const without = await train(bare, round * segment, segment);
    const within = await train(shown, round * segment, segment);
    // The first round fills the sockets of those that do not read.
    if (round === 0) continue;
    least.training = Math.min(least.training, without.training);
    least.without = Math.min(least.without, without.rest);
    least.within = Math.min(least.within, within.rest);
  }
  const slowed = (least.within - least.without) / least.training;
  console.log(`a hundred clients slow training by ${(slowed * 100).toFixed(1)} %`);
  expect(crowded.viewers).toBe(100);
  expect(slowed).toBeLessThan(0.05);
  await shown.end('complete');
  // Those that read have everything.
  const until = Date.now() + 10_000;
  let rows = 0;
  while (rows < 50 * 10 * segment && Date.now() < until) rows = await people.rows();
  expect(rows).toBe(50 * 10 * segment);
});

it('fifty clients that never read cost bounded memory, however long the run', async () => {
  const server = await serve();
  await crowd(server);
  const live = server.begin(run);
  const memory = () => {
    collectGarbage();
    const { arrayBuffers, heapUsed, external } = process.memoryUsage();
    return arrayBuffers + heapUsed + external;
  };
  const used: number[] = [];
  for (let block = 0; block < 8; block++) {
    for (let step = 0; step < 20_000; step++) {
      live.append({ run, step: block * 20_000 + step, ...fields });
      if (step % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    used.push(memory());
  }
  console.log(`memory after each 20 000 rows: ${used.map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`).join(', ')}`);
  // Of 80 000 more rows the numbers are thinned; as text for each of the fifty they would be 1 GB.
  expect(used[7]! - used[3]!).toBeLessThan(20e6);
  expect(server.viewers).toBe(100);
});
