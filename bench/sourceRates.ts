import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { count, from, lastValueFrom, type Observable } from 'rxjs';
import { toArrow } from '../sinks/arrow/toArrow.ts';
import { toTensorBoard } from '../sinks/tensorBoard/toTensorBoard.ts';
import { fromArrow } from '../src/sources/arrow/fromArrow.ts';
import { fromTensorBoard } from '../src/sources/tensorBoard/fromTensorBoard.ts';
import { fromTextLines } from '../src/sources/textLines/fromTextLines.ts';
import { readEvents } from './eventFile.ts';
import { liveFields, liveRows } from './liveRows.ts';
import { pairOf } from './pairs.ts';
import type { Rated } from './sinkRates.ts';

// What is compared: a file of so many rows, to rows as objects. The bare reader takes the file as a whole and does the least
// that gives an object a row: JSON.parse, split and Number, a regular expression, arrow-js, protobuf and CRC-32C.

const trainingLine = /^iter (\d+): loss (\S+), time (\S+)ms, mfu (\S+)%$/;

/** Sources of files beside the bare libraries, on the same bytes. */
export async function benchSources(rowCount = 50_000): Promise<Rated[]> {
  const directory = mkdtempSync(join(tmpdir(), 'onager-bench-'));
  try {
    const rows = liveRows(rowCount);
    const valuesOf = (row: object) => liveFields.map((name) => (row as Record<string, number>)[name]!);
    const written = (name: string, lines: readonly string[]) => {
      const path = join(directory, name);
      writeFileSync(path, `${lines.join('\n')}\n`);
      return path;
    };
    const arrow = join(directory, 'run.arrows');
    await lastValueFrom(from(rows).pipe(toArrow(arrow)));
    await lastValueFrom(from(rows).pipe(toTensorBoard(join(directory, 'events'))));
    const events = join(directory, 'events', readdirSync(join(directory, 'events'))[0]!);
    const json = written(
      'run.jsonl',
      rows.map((row) => JSON.stringify(Object.fromEntries(liveFields.map((name, i) => [name, valuesOf(row)[i]!])))),
    );
    const csv = written('run.csv', [liveFields.join(','), ...rows.map((row) => valuesOf(row).join(','))]);
    const log = written(
      'train.log',
      rows.map(({ step }) => `iter ${step}: loss ${(1 + Math.sin(step)).toFixed(4)}, time 12.34ms, mfu 17.50%`),
    );
    const contests: readonly [string, string, () => Observable<unknown>, (bytes: Buffer) => Iterable<unknown>][] = [
      ['Arrow source / arrow-js', arrow, () => fromArrow(arrow), tableRows],
      [
        'JSON lines source / JSON.parse',
        json,
        () => fromTextLines(json, { follow: false }),
        (bytes) => linesOf(bytes).map((line) => JSON.parse(line) as unknown),
      ],
      ['CSV source / split and Number', csv, () => fromTextLines(csv, { follow: false }), csvRows],
      [
        'log source (nanoGPT) / one regular expression',
        log,
        () => fromTextLines(log, { follow: false }),
        (bytes) => linesOf(bytes).map((line) => trainingLine.exec(line)!.slice(1).map(Number)),
      ],
      ['TensorBoard source / protobuf', events, () => fromTensorBoard(events, { follow: false }), readEvents],
    ];
    const rated: Rated[] = [];
    for (const [name, path, source, bare] of contests) {
      const bytes = readFileSync(path).length;
      const expectRows = (found: number) => {
        if (found < rowCount) throw new Error(`${name}: ${found} of ${rowCount} rows`);
        return bytes;
      };
      const pair = await pairOf(
        async () => expectRows(await lastValueFrom(source().pipe(count()))),
        async () => {
          let found = 0;
          for (const _ of bare(readFileSync(path))) found++;
          return expectRows(found);
        },
      );
      rated.push({ name, ...pair, rowsPerSecond: pair.perSecond * rowCount });
    }
    return rated;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function linesOf(bytes: Buffer): string[] {
  return bytes.toString().trimEnd().split('\n');
}

function* tableRows(bytes: Buffer): Generator<unknown> {
  for (const row of tableFromIPC(bytes)) yield row!.toJSON();
}

function* csvRows(bytes: Buffer): Generator<unknown> {
  const [header, ...lines] = linesOf(bytes);
  const names = header!.split(',');
  for (const line of lines) {
    const row: Record<string, number> = {};
    for (const [index, cell] of line.split(',').entries()) row[names[index]!] = Number(cell);
    yield row;
  }
}
