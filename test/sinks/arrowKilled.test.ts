import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { recoverArrow } from '../../sinks/arrow/recover.ts';
import { recoverRun } from '../../sinks/arrow/recoverRun.ts';
import { fromArrow } from '../../src/sources/arrow/fromArrow.ts';
import type { Row } from '../../src/step.ts';
import { collected, recordedFields } from '../sources/recordedRuns.ts';
import { isFinished, readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';
import { bundle } from './children/bundle.ts';

const directory = temporaryDirectory();
let program = '';

beforeAll(async () => {
  program = await bundle('writeRuns', directory);
});

/** Starts the program; resolves when it is about to write. */
async function start(path: string, mode: string, there = 0): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, path, mode, String(there)], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout!, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

describe('a run that is killed', () => {
  it.each(['forever', 'append'])('is readable at every instant (%s)', async (mode) => {
    let finished = 0;
    let streams = 0;
    for (let attempt = 0; attempt < 16; attempt++) {
      const path = join(directory, `killed-${mode}-${attempt}.arrows`);
      const child = await start(path, mode);
      // Also while it is being written, by another program.
      const delay = Math.random() * 120;
      for (const begin = performance.now(); performance.now() - begin < delay; ) {
        if (existsSync(path)) expect(readArrow(path).numCols).toBe(6);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await kill(child);
      if (!existsSync(path)) continue;
      if (isFinished(path)) finished++;
      else streams++;

      const rows = rowsOf(readArrow(path));
      expect(rows.map(({ step }) => step)).toEqual(rows.map((_, index) => index));
      for (const { step, loss } of rows) expect(loss).toBe(1 / ((step as number) + 1));

      const recovery = await recoverArrow(path);
      expect(recovery.rows).toBe(rows.length);
      expect(isFinished(path)).toBe(true);
      expect(rowsOf(readArrow(path))).toEqual(rows);
    }
    expect(finished + streams).toBeGreaterThan(0);
  });

  it.each(['forever', 'append'])(
    'leaves both tables of a folder readable, the events of its rows among them (%s)',
    async (mode) => {
      let events = 0;
      for (let attempt = 0; attempt < 6; attempt++) {
        const folder = join(directory, `folder-${mode}-${attempt}`);
        const child = await start(folder, mode);
        await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 100));
        await kill(child);
        if (!existsSync(join(folder, 'steps.arrows'))) continue;

        const whole = async () => (await collected(fromArrow<Row>(folder))).map(recordedFields);
        const rows = await whole();
        expect(rows.map(({ step }) => step)).toEqual(rows.map((_, index) => index));
        for (const row of rows) {
          const step = row.step as number;
          expect(row.tenths).toEqual({ event: step % 10 === 0 ? { kind: 'tenth', begin: step } : null });
        }
        // It can be killed between the first two files, when there is no row yet.
        const path = join(folder, 'events.arrows');
        const table = existsSync(path) ? rowsOf(readArrow(path)) : [];
        expect(table.map(({ row }) => row)).toEqual(table.map((_, index) => 10 * index));
        expect(table.length).toBeGreaterThanOrEqual(Math.ceil(rows.length / 10));
        events += table.length;

        const recovery = await recoverRun(folder);
        expect(recovery.steps.rows).toBe(rows.length);
        expect(recovery.events?.rows ?? 0).toBe(table.length);
        expect(await whole()).toEqual(rows);
        // Nothing is left of a finish that was under way.
        expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
      }
      expect(events).toBeGreaterThan(0);
    },
  );

  it('is followed by a reader while it is written: whole batches, each row once, and then the end', async () => {
    for (const name of ['followed.arrows', 'followed']) {
      const path = join(directory, name);
      const rows: Row[] = [];
      const arrivals: number[] = [];
      const done = lastValueFrom(
        fromArrow<Row>(path, { follow: true, poll: 5 }).pipe(
          tap((row) => {
            rows.push(row);
            arrivals.push(performance.now());
          }),
        ),
      );
      const child = await start(path, 'slowly');
      await Promise.all([done, once(child, 'exit')]);
      expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: 400 }, (_, step) => step));
      // As they came, not all at the end.
      expect(arrivals.at(-1)! - arrivals[0]!).toBeGreaterThan(400);
      const again = await collected(fromArrow<Row>(path));
      expect(rows.map(recordedFields)).toEqual(again.map(recordedFields));
    }
  });

  it('is followed on when it is killed and taken up again, without a row twice', async () => {
    const folder = join(directory, 'taken-up');
    const steps: number[] = [];
    const events: number[] = [];
    const failed = vi.fn();
    let over = false;
    type Tenth = Row & { readonly tenths: { readonly event: { readonly begin: number } | null } };
    const following = fromArrow<Tenth>(folder, { follow: true, poll: 2 }).subscribe({
      next: ({ step, tenths: { event } }) => {
        steps.push(step);
        if (event !== null) events.push(event.begin);
      },
      error: failed,
      complete: () => {
        over = true;
      },
    });
    for (let attempt = 0; attempt < 5 && !over; attempt++) {
      const seen = steps.length;
      const child = await start(folder, 'append', seen);
      await vi.waitFor(() => expect(over || steps.length > seen).toBe(true), { timeout: 20_000, interval: 1 });
      await kill(child);
    }
    following.unsubscribe();
    expect(failed).not.toHaveBeenCalled();
    expect(steps.length).toBeGreaterThan(0);
    expect(steps).toEqual(steps.map((_, index) => index));
    expect(events).toEqual(steps.filter((step) => step % 10 === 0));
  });

  it.each([
    ['exit', 3],
    ['throw', 1],
  ])('has all its rows when the process ends by %s', async (mode, code) => {
    const path = join(directory, `${mode}.arrows`);
    const [exitCode] = await once(await start(path, mode), 'exit');
    expect(exitCode).toBe(code);
    expect(readArrow(path).numRows).toBeGreaterThanOrEqual(10);
    expect(readdirSync(directory).filter((name) => name.startsWith(`.${mode}`))).toEqual([]);
  });
});
