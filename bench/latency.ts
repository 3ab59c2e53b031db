import { serveDashboard } from '../sinks/websocket/dashboardServer.ts';
import type { Row } from '../src/step.ts';
import { Clients } from './clients.ts';
import { liveRows } from './liveRows.ts';
import { median } from './median.ts';

export interface Latency {
  readonly clients: number;
  /** Milliseconds from a row to a client. */
  readonly median: number;
  readonly p99: number;
}

/** Time from `append` to a client, of each row of a run of 200 rows a second, by number of clients. */
export async function benchLatency(seconds = 4): Promise<Latency[]> {
  const people = new Clients();
  try {
    const results: Latency[] = [];
    for (const clients of [1, 10, 100]) {
      const late = await latencies(people, clients, seconds);
      results.push({ clients, median: median(late), p99: late[Math.floor(late.length * 0.99)]! });
    }
    return results;
  } finally {
    people.stop();
  }
}

async function latencies(people: Clients, count: number, seconds: number): Promise<number[]> {
  const server = await serveDashboard({ port: 0 });
  try {
    await people.ask(`open ${count} ${server.url.replace('http', 'ws')} onager.json.v1 timed`);
    const [first] = liveRows(1);
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
