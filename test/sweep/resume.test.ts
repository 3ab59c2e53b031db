import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { gridCells, runVariants, type Variants } from '../../src/sweep/index.ts';
import { trainings } from './compiledSweep.ts';

const root = mkdtempSync(join(tmpdir(), 'onager-resume-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'sweep-'));
});
const resultsFile = () => join(folder, 'results.jsonl');
const lines = () => readFileSync(resultsFile(), 'utf8').split('\n').slice(0, -1);

describe('a sweep that is killed', () => {
  it('completes the rest when run again, and runs nothing twice that had finished', async () => {
    const program = fileURLToPath(new URL('./children/sweepForResults.mjs', import.meta.url));
    const compiled = new URL('../../dist/src/sweep/index.js', import.meta.url).href;
    let kept: string[] = [];
    let killed = 0;
    for (;;) {
      const child = spawn(process.execPath, [program, folder, compiled, trainings], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const said = text(child.stdout);
      const delay = 500 + 600 * Math.random();
      // The first is killed as soon as it has a result, whatever the machine's speed; two more at random.
      const timer = setInterval(() => {
        const begun = killed > 0 || existsWithLine();
        if (begun && killed < 3 && performance.now() - started > delay) child.kill('SIGKILL');
      }, 5);
      const started = performance.now();
      const [code, signal] = await once(child, 'close');
      clearInterval(timer);
      if (signal === 'SIGKILL') {
        killed++;
        // Whole lines stay as they are; the next program finds them.
        const now = existsWithLine() ? lines() : [];
        expect(now.slice(0, kept.length)).toEqual(kept);
        kept = now;
        continue;
      }
      expect(code).toBe(0);
      const results = JSON.parse((await said).replace('ready\n', '')) as {
        reused: boolean;
        state: string;
        loss: number;
      }[];
      expect(results.filter(({ reused }) => reused)).toHaveLength(kept.length);
      expect(results.map(({ state, loss }) => [state, loss])).toEqual(
        [1, 2, 3].flatMap((factor) => [0, 1, 2, 3].map((seed) => ['finished', (factor * (seed + 1)) / 3])),
      );
      break;
    }
    expect(killed).toBeGreaterThan(0);
    expect(lines().slice(0, kept.length)).toEqual(kept);
    expect(lines()).toHaveLength(12);
    expect(new Set(lines().map((line) => JSON.parse(line).key)).size).toBe(12);
  });
});

function existsWithLine(): boolean {
  try {
    return readFileSync(resultsFile(), 'utf8').includes('\n');
  } catch {
    return false;
  }
}

describe('the file of results', () => {
  const variants: Variants = {
    module: trainings,
    export: 'counting',
    cells: gridCells({ factor: [1, 2] }),
    seeds: [0, 1],
  };
  const run = (of: Variants = variants) => runVariants(of, { workers: 0, out: folder });
  const reused = (results: Awaited<ReturnType<typeof run>>) => results.map((result) => result.reused);

  it('cut off anywhere in its last line: the runs before it are kept, it is run again', async () => {
    const first = await run();
    expect(reused(first)).toEqual([false, false, false, false]);
    const whole = readFileSync(resultsFile());
    const beforeLast = whole.subarray(0, -1).lastIndexOf('\n') + 1;
    for (const end of [
      beforeLast,
      beforeLast + 1,
      beforeLast + 9,
      beforeLast + 60,
      whole.length - 2,
      whole.length - 1,
    ]) {
      writeFileSync(resultsFile(), whole.subarray(0, end));
      const again = await run();
      expect(reused(again)).toEqual([true, true, true, false]);
      expect(lines()).toHaveLength(4);
      expect(again.map(({ outcome }) => outcome.state === 'finished' && outcome.result)).toEqual(
        first.map(({ outcome }) => outcome.state === 'finished' && outcome.result),
      );
    }
    expect(reused(await run())).toEqual([true, true, true, true]);
  });

  it('knows a run by its parameters in any order, and runs others', async () => {
    await run();
    const turned = { ...variants, cells: [{ factor: 2, steps: 3 }, { factor: 3 }] };
    await run(turned);
    const results = await run({ ...variants, cells: [{ steps: 3, factor: 2 }, { factor: 1 }, { factor: 4 }] });
    expect(reused(results)).toEqual([true, true, true, true, false, false]);
  });

  it('keeps what failed, and runs it again', async () => {
    const failing: Variants = { module: trainings, export: 'counting', cells: [{ crash: 'throw' }, {}] };
    expect((await run(failing)).map(({ outcome }) => outcome.state)).toEqual(['failed', 'finished']);
    expect(lines().map((line) => JSON.parse(line).error)).toEqual(['the loss went', undefined]);
    expect(reused(await run(failing))).toEqual([false, true]);
    expect(lines()).toHaveLength(3);
  });

  it('that is another file is an error, and is not touched', async () => {
    for (const text of ['{"loss":1}\n', 'hello', '{"ke', `${'x'.repeat(20)}\n{"key":"`]) {
      writeFileSync(resultsFile(), text);
      if (text === '{"ke') expect(reused(await run())).toEqual([false, false, false, false]);
      else {
        await expect(run()).rejects.toThrow(/results\.jsonl: line 1 is not the result of a run/);
        expect(readFileSync(resultsFile(), 'utf8')).toBe(text);
      }
    }
    writeFileSync(resultsFile(), '');
    await run();
    appendFileSync(resultsFile(), 'a note\n');
    await expect(run()).rejects.toThrow(/line 5 is not/);
  });

  it('that cannot be written to is an error before anything runs', async () => {
    await expect(runVariants(variants, { workers: 0, out: '/proc/no/such' })).rejects.toThrow(
      /cannot write '\/proc\/no\/such\/results\.jsonl': there is no such directory/,
    );
  });

  it('with rows: a file for each run, and a run without one is run again', async () => {
    await run();
    const withRows = () => runVariants(variants, { workers: 0, out: folder, rows: true });
    const results = await withRows();
    expect(reused(results)).toEqual([false, false, false, false]);
    expect(readFileSync(results[3]!.job.file!).byteLength).toBeGreaterThan(0);
    expect(new Set(results.map(({ job }) => job.file)).size).toBe(4);
    expect(reused(await withRows())).toEqual([true, true, true, true]);
    rmSync(results[1]!.job.file!);
    expect(reused(await withRows())).toEqual([true, false, true, true]);
    await expect(runVariants(variants, { workers: 0, rows: true })).rejects.toThrow(/expected a folder/);
  });
});
