import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { serveDashboard } from '../sinks/websocket/dashboardServer.ts';
import { Run } from '../src/run.ts';
import { type Row, trainingStepColumns } from '../src/step.ts';
import { median } from './median.ts';

// What is compared: a run of so many rows, from when they are there to when the last client has been told that it is over.
//
// 'ours' is what a server does with rows that it has taken in: it writes frames and sends them. The
// bare broadcast is `for (const client of clients) client.send(frame)` with the very frames that ours sent, written before
// the clock starts: it has nothing to do but to send. The clients are in a process of their own and look at no
// more than the first bytes of a frame.

export type Protocol = 'onager.json.v1' | 'onager.arrow.v1';

interface SentFrame {
  readonly data: Buffer;
  readonly binary: boolean;
}

const clientProgram = `
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
let sockets = [];
let late = [];
const commands = {
  async open(count, url, protocol, timed) {
    late = [];
    let over = 0;
    sockets = Array.from({ length: Number(count) }, () => {
      const socket = new WebSocket(url, protocol);
      socket.on('message', (data, binary) => {
        if (binary) return;
        if (timed && data.latin1Slice(0, 14) === '{"type":"rows"') {
          const now = performance.timeOrigin + performance.now();
          for (const at of JSON.parse(data).columns.seconds) late.push(now - at);
        } else if (data.length < 200 && data.latin1Slice().includes('"complete"}') && ++over === sockets.length) console.log('over');
      });
      return socket;
    });
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('open', resolve))));
    console.log('open');
  },
  late() {
    console.log(JSON.stringify(late));
  },
  close() {
    for (const socket of sockets) socket.terminate();
    console.log('closed');
  },
};
createInterface({ input: process.stdin }).on('line', (line) => {
  const [command, ...args] = line.split(' ');
  commands[command](...args);
});
`;

/** Clients in a process of their own. */
class Clients {
  readonly #child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    ['--input-type=module', '--eval', clientProgram],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  readonly #lines = createInterface({ input: this.#child.stdout });

  async ask(command: string): Promise<string> {
    const answer = this.line();
    this.#child.stdin.write(`${command}\n`);
    return answer;
  }

  async line(): Promise<string> {
    return String((await once(this.#lines, 'line'))[0]);
  }

  stop(): void {
    this.#child.kill();
  }
}

function rowsOf(count: number): Row[] {
  const numbers = Array.from({ length: 10 }, (_, index) => `x${index}`);
  const run = new Run('bench', [
    ...trainingStepColumns,
    ...numbers.map((name) => ({ name, type: 'float64', unit: '1', meaning: 'a number' }) as const),
  ]);
  return Array.from({ length: count }, (_, step) => ({
    run,
    step,
    epoch: step / 100,
    time: step / 10,
    seconds: step / 1000,
    loss: Math.exp(-step / count),
    learningRate: 0.1,
    ...Object.fromEntries(numbers.map((name, index) => [name, Math.sin(step + index)])),
  }));
}

/** Milliseconds of our server. @param record called with every frame that a client gets */
async function ours(
  people: Clients,
  count: number,
  protocol: Protocol,
  rows: readonly Row[],
  record?: (frame: SentFrame) => void,
): Promise<number> {
  const server = await serveDashboard({ port: 0 });
  const url = server.url.replace('http', 'ws');
  try {
    if (record !== undefined) {
      const socket = new WebSocket(url, protocol);
      socket.on('message', (data, binary) => record({ data: data as Buffer, binary }));
      await once(socket, 'open');
    }
    await people.ask(`open ${count} ${url} ${protocol}`);
    const over = people.line();
    const live = server.begin(rows[0]!.run!);
    for (const row of rows) live.append(row);
    // Nothing is sent before this function yields: what follows is writing frames and sending them.
    const begun = performance.now();
    void live.end('complete');
    await over;
    const took = performance.now() - begun;
    await people.ask('close');
    return took;
  } finally {
    await server.close();
  }
}

/** Milliseconds of a loop that sends the same frames. */
async function bare(people: Clients, count: number, protocol: Protocol, frames: readonly SentFrame[]): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => protocol });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await people.ask(`open ${count} ws://127.0.0.1:${port}/ ${protocol}`);
  const over = people.line();
  const begun = performance.now();
  for (const { data, binary } of frames) for (const client of server.clients) client.send(data, { binary });
  await over;
  const took = performance.now() - begun;
  await people.ask('close');
  server.close();
  return took;
}

/** Milliseconds from `append` to a client, of each row of a run of 200 rows a second. */
async function latencies(people: Clients, count: number, seconds: number): Promise<number[]> {
  const server = await serveDashboard({ port: 0 });
  try {
    await people.ask(`open ${count} ${server.url.replace('http', 'ws')} onager.json.v1 timed`);
    const [first] = rowsOf(1);
    const live = server.begin(first!.run!);
    const until = performance.now() + seconds * 1000;
    for (let step = 0; performance.now() < until; step++) {
      live.append({ ...first!, step, seconds: performance.timeOrigin + performance.now() } as Row);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const over = people.line();
    void live.end('complete');
    await over;
    return (JSON.parse(await people.ask('late')) as number[]).sort((a, b) => a - b);
  } finally {
    await people.ask('close');
    await server.close();
  }
}

export interface FanOut {
  readonly clients: number;
  readonly protocol: Protocol;
  /** Megabytes a second that leave the server, all clients together. */
  readonly rate: number;
  /** Our rate over that of the bare broadcast; the goal is 0.8. */
  readonly ratio: number;
}

/** Medians of runs that take turns in this process. */
export async function benchFanOut(repeats = 7): Promise<FanOut[]> {
  const people = new Clients();
  try {
    const results: FanOut[] = [];
    for (const protocol of ['onager.arrow.v1', 'onager.json.v1'] as const) {
      for (const clients of [1, 10, 100]) {
        const rows = rowsOf(clients === 100 ? 8192 : 32_768);
        const frames: SentFrame[] = [];
        await ours(people, clients, protocol, rows, (frame) => frames.push(frame));
        const isLast = ({ data, binary }: SentFrame) => !binary && data.length < 200 && data.includes('"complete"}');
        while (!frames.some(isLast)) await new Promise((resolve) => setTimeout(resolve, 5));
        const sent = frames.slice(0, frames.findIndex(isLast) + 1);
        const bytes = sent.reduce((sum, { data }) => sum + data.length, 0) * clients;
        const times: [number, number][] = [];
        for (let repeat = 0; repeat <= repeats; repeat++) {
          const mine = await ours(people, clients, protocol, rows);
          const plain = await bare(people, clients, protocol, sent);
          if (repeat > 0) times.push([mine, plain]);
        }
        results.push({
          clients,
          protocol,
          rate: bytes / 1000 / median(times.map(([mine]) => mine)),
          ratio: median(times.map(([mine, plain]) => plain / mine)),
        });
      }
    }
    return results;
  } finally {
    people.stop();
  }
}

/** Median and 99th percentile of the time from a row to a client, in milliseconds, by number of clients. */
export async function benchLatency(seconds = 4): Promise<{ clients: number; median: number; p99: number }[]> {
  const people = new Clients();
  try {
    const results: { clients: number; median: number; p99: number }[] = [];
    for (const clients of [1, 10, 100]) {
      const late = await latencies(people, clients, seconds);
      results.push({ clients, median: median(late), p99: late[Math.floor(late.length * 0.99)]! });
    }
    return results;
  } finally {
    people.stop();
  }
}
