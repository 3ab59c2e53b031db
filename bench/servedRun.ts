// A server in a process of its own, for the benchmark of clients: prints its address, and goes when its input ends.
import { serveDashboard } from '../sinks/websocket/dashboardServer.ts';
import { liveRows } from './liveRows.ts';

const server = await serveDashboard({ port: 0, historyBytes: 2 ** 30 });
const rows = liveRows(Number(process.argv[2]));
const live = server.begin(rows[0]!.run!);
for (const row of rows) live.append(row);
await live.end('complete');
console.log(server.url.replace('http', 'ws'));
process.stdin.on('end', () => void server.close()).resume();
