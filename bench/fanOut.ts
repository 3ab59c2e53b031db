import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { serveDashboard } from '../sinks/websocket/dashboardServer.ts';
import type { Row } from '../src/step.ts';
import { Clients } from './clients.ts';
import { EncodedFrames } from './encodedFrames.ts';
import { liveRows } from './liveRows.ts';
import { median } from './median.ts';

// What is compared: a run of so many rows, from when they are there to when the last client has been told that it is over.
//
// 'ours' is what a server does with rows that it has taken in: it writes frames, sends them, and waits for sockets that are
// full. 'bare' is `for (const client of clients) client.send(frame)` with the very frames that ours sent, written before
// the clock starts: it has nothing to do but to send. 'encoding' writes frames of the same rows, from columns that are there
// as typed arrays, with JSON.stringify or arrow-js, and broadcasts each: the least that a server has to do.
// The clients are in a process of their own.

export type Protocol = 'onager.json.v1' | 'onager.arrow.v1';

interface SentFrame {
  readonly data: Buffer;
  readonly binary: boolean;
}

/** How long something took: by the clock, and of this process's processor time, in milliseconds. */
interface Took {
  readonly wall: number;
  readonly processor: number;
}

function stopwatch(): () => Took {
  const begun = performance.now();
  const used = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { wall: performance.now() - begun, processor: (user + system) / 1000 };
  };
}

/** Our server. @param record called with every frame that a client gets */
async function ours(
  people: Clients,
  count: number,
  protocol: Protocol,
  rows: readonly Row[],
  record?: (frame: SentFrame) => void,
): Promise<Took> {
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
    const stop = stopwatch();
    void live.end('complete');
    await over;
    const took = stop();
    await people.ask('close');
    return took;
  } finally {
    await server.close();
  }
}

/** A server that is no more than a list of sockets. */
async function bare(
  people: Clients,
  count: number,
  protocol: Protocol,
  frames: () => Iterable<SentFrame>,
): Promise<Took> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => protocol });
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await people.ask(`open ${count} ws://127.0.0.1:${port}/ ${protocol}`);
  const over = people.line();
  const stop = stopwatch();
  for (const { data, binary } of frames()) for (const client of server.clients) client.send(data, { binary });
  await over;
  const took = stop();
  await people.ask('close');
  server.close();
  return took;
}

export interface FanOut {
  readonly clients: number;
  readonly protocol: Protocol;
  /** Megabytes a second that leave the server, all clients together. */
  readonly rate: number;
  /** Our rate over that of the bare broadcast; the goal is 0.8. */
  readonly overBare: number;
  /** Our rate over that of a broadcast that writes its frames too. */
  readonly overEncoding: number;
  /** The same two of processor time, which a busy machine changes less. */
  readonly processorOverBare: number;
  readonly processorOverEncoding: number;
}

const rowsFor: Readonly<Record<number, number>> = { 1: 131_072, 10: 32_768, 100: 8192 };

/** Medians of runs that take turns in this process. */
export async function benchFanOut(repeats = 5): Promise<FanOut[]> {
  const people = new Clients();
  try {
    const results: FanOut[] = [];
    for (const protocol of ['onager.arrow.v1', 'onager.json.v1'] as const) {
      for (const clients of [1, 10, 100]) results.push(await contest(people, clients, protocol, repeats));
    }
    return results;
  } finally {
    people.stop();
  }
}

async function contest(people: Clients, clients: number, protocol: Protocol, repeats: number): Promise<FanOut> {
  const rows = liveRows(rowsFor[clients]!);
  const frames: SentFrame[] = [];
  await ours(people, clients, protocol, rows, (frame) => frames.push(frame));
  const isLast = ({ data, binary }: SentFrame) => !binary && data.length < 200 && data.includes('"complete"}');
  while (!frames.some(isLast)) await new Promise((resolve) => setTimeout(resolve, 5));
  const sent = frames.slice(0, frames.findIndex(isLast) + 1);
  const bytes = sent.reduce((sum, { data }) => sum + data.length, 0) * clients;
  const columns = new EncodedFrames(rows);
  const arrow = protocol === 'onager.arrow.v1';
  function* encoding(): Generator<SentFrame> {
    for (const data of columns.of(arrow ? 'arrow' : 'json')) yield { data, binary: arrow };
    yield sent.at(-1)!;
  }
  const times: { readonly mine: Took; readonly plain: Took; readonly encoded: Took }[] = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const mine = await ours(people, clients, protocol, rows);
    const plain = await bare(people, clients, protocol, () => sent);
    const encoded = await bare(people, clients, protocol, encoding);
    if (repeat > 0) times.push({ mine, plain, encoded });
  }
  const ratio = (other: 'plain' | 'encoded', clock: keyof Took) =>
    median(times.map((time) => time[other][clock] / time.mine[clock]));
  return {
    clients,
    protocol,
    rate: bytes / 1000 / median(times.map(({ mine }) => mine.wall)),
    overBare: ratio('plain', 'wall'),
    overEncoding: ratio('encoded', 'wall'),
    processorOverBare: ratio('plain', 'processor'),
    processorOverEncoding: ratio('encoded', 'processor'),
  };
}
