import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { recoverArrow } from '../../sinks/arrow/recover.ts';
import { isFinished, readArrow, rowsOf, temporaryDirectory } from './arrowFiles.ts';
import { bundle } from './children/bundle.ts';

const directory = temporaryDirectory();
let program = '';

beforeAll(async () => {
  program = await bundle('writeRuns', directory);
});

/** Starts the program; resolves when it is about to write. */
async function start(path: string, mode: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, path, mode], { stdio: ['ignore', 'pipe', 'ignore'] });
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
