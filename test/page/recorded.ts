import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, Observable } from 'rxjs';
import { afterAll, beforeAll } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import type { Row } from '../../src/step.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onager-page-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Records rows, by number, in a file that is gone after the tests. */
export async function recorded(name: string, count: number, rowOf: (step: number) => Row): Promise<string> {
  const path = join(folder, name);
  const rows = new Observable<Row>((subscriber) => {
    for (let step = 0; step < count && !subscriber.closed; step++) subscriber.next(rowOf(step));
    subscriber.complete();
  });
  await lastValueFrom(rows.pipe(toArrow(path, { finishedBatchRows: 1024 })));
  return path;
}
