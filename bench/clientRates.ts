import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RecordBatchReader } from 'apache-arrow';
import { count, lastValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import type { Rows } from '../src/formats/webSocket/protocol.ts';
import { fromWebSocket } from '../src/sources/webSocket/fromWebSocket.ts';
import { pairOf } from './pairs.ts';
import type { Rated } from './sinkRates.ts';

// What is compared: a run that another process serves, to rows as objects in this one. The bare client is ws with
// JSON.parse, or with arrow-js, and a loop that puts an object together for each row.

/** The WebSocket source beside bare clients of the same server. */
export async function benchClients(rows = 50_000): Promise<Rated[]> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./servedRun.js', import.meta.url)), String(rows)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const url = String((await once(child.stdout, 'data'))[0]).trim();
    const rated: Rated[] = [];
    for (const encoding of ['arrow', 'json'] as const) {
      const { bytes } = await bareClient(url, encoding);
      const pair = await pairOf(
        async () => {
          const found = await lastValueFrom(fromWebSocket(url, { encoding }).pipe(count()));
          if (found !== rows) throw new Error(`${found} of ${rows} rows`);
          return bytes;
        },
        async () => {
          const { found } = await bareClient(url, encoding);
          if (found !== rows) throw new Error(`${found} of ${rows} rows`);
          return bytes;
        },
      );
      const library = encoding === 'arrow' ? 'arrow-js' : 'JSON.parse';
      rated.push({
        name: `WebSocket source, ${encoding} / ws and ${library}`,
        ...pair,
        rowsPerSecond: pair.perSecond * rows,
      });
    }
    return rated;
  } finally {
    child.stdin.end();
  }
}

function bareClient(
  url: string,
  encoding: 'json' | 'arrow',
): Promise<{ readonly found: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}?missed=every`, `onager.${encoding}.v1`);
    let found = 0;
    let bytes = 0;
    let schema: Buffer | undefined;
    socket.on('error', reject);
    socket.on('message', (data: Buffer, isBinary) => {
      bytes += data.length;
      if (isBinary) {
        if (schema === undefined) schema = data;
        else
          for (const batch of RecordBatchReader.from(Buffer.concat([schema, data]))) {
            for (const row of batch) if (row!.toJSON() !== null) found++;
          }
        return;
      }
      const message = JSON.parse(String(data)) as { readonly type: string; readonly state?: string };
      if (message.type === 'rows' && encoding === 'json') found += rowsOf(message as unknown as Rows);
      else if (message.type === 'status' && message.state === 'complete') {
        socket.close();
        resolve({ found, bytes });
      }
    });
  });
}

function rowsOf({ count: rows, columns }: Rows): number {
  const names = Object.keys(columns);
  let found = 0;
  for (let index = 0; index < rows; index++) {
    const row: Record<string, unknown> = {};
    for (const name of names) row[name] = columns[name]![index];
    if (row.step !== null) found++;
  }
  return found;
}
