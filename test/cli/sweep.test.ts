import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-sweep-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs of a blink. */
const brief = ['sweep', 'catapults', '--size', 'small', '--width', '16', '--samples', '20', '--steps', '4'];
const tiny = [...brief, '--backend', 'wasm', '--catapults', '0'];

describe('onager sweep', () => {
  it('runs grid and seeds, keeps the results and the rows, and runs nothing twice', async () => {
    const out = join(folder, 'a');
    const command = [...tiny, '--grid', 'test-samples=5,9', '--seeds', '2', '--workers', '2', '--out', out, '--rows'];
    const first = await onager(...command, '--show', 'testLoss.after', '--compare', 'testSamples=5').finished;
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/sweep 4\/4 {2}100%/);
    const [spreads, differences] = first.stdout.trim().split('\n\n');
    expect(spreads!.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['testSamples', 'runs', 'testLoss.after'],
      ['5', '2', expect.stringMatching(/^\S+ ±\S+$/)],
      ['9', '2', expect.stringMatching(/^\S+ ±\S+$/)],
    ]);
    expect(differences).toMatch(/testSamples {2}minus .*\n9 .*testSamples=5 +\S+ ±\S+ \d\/2 (higher|lower)$/);

    const files = readdirSync(out).filter((name) => name.endsWith('.arrows'));
    expect(files).toHaveLength(4);
    for (const file of files) expect(tableFromIPC(readFileSync(join(out, file))).numRows).toBe(5);

    const again = await onager(...command, '--json').finished;
    expect(again.code, again.stderr).toBe(0);
    expect(again.stderr).toMatch(/4 of 4 runs had finished before/);
    const { runs, cells } = JSON.parse(again.stdout);
    expect(runs.map(({ name, reused, state }: Record<string, unknown>) => [name, reused, state])).toEqual(
      ['5 seed=0', '5 seed=1', '9 seed=0', '9 seed=1'].map((name) => [`testSamples=${name}`, true, 'finished']),
    );
    expect(runs[3].result.steps).toBe(4);
    expect(cells[1].numbers['testLoss.after'].count).toBe(2);
    expect(readFileSync(join(out, 'results.jsonl'), 'utf8').trim().split('\n')).toHaveLength(4);
  });

  it('tells what failed, runs the others, exits with 1', async () => {
    const { code, stdout, stderr } = await onager(
      ...[...brief, '--backend', 'wasm', '--catapults', '0', '--grid', 'task=r2,images', '--workers', '2', '--json'],
    ).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/failed {2}task=images: catapults: task images: expected --images FILE/);
    const { runs } = JSON.parse(stdout);
    expect(runs.map(({ state }: { state: string }) => state)).toEqual(['finished', 'failed']);
  });

  it('an interrupt lets the run under way finish, starts no other, and reports', async () => {
    const out = join(folder, 'interrupted');
    const run = onager(...tiny, '--steps', '250', '--seeds', '40', '--workers', '1', '--out', out, '--json');
    for (;;) {
      try {
        if (readFileSync(join(out, 'results.jsonl'), 'utf8').includes('\n')) break;
      } catch {}
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/starting no further run/);
    expect(stderr).toMatch(/\d+ of 40 runs were not made or not finished/);
    const states: string[] = JSON.parse(stdout).runs.map(({ state }: { state: string }) => state);
    const finished = states.filter((state) => state === 'finished').length;
    expect(finished).toBeGreaterThan(0);
    expect(states.slice(finished)).toEqual(new Array(40 - finished).fill('abandoned'));
    expect(readFileSync(join(out, 'results.jsonl'), 'utf8').trim().split('\n')).toHaveLength(finished);
  });

  it.each([
    [['--grid', 'bogus=1'], /--grid 'bogus': expected one of task, size, /],
    [['--out', '/proc/no/such'], /cannot write '\/proc\/no\/such\/results\.jsonl'/],
  ])('%j: one line that names the value, before anything runs', async (args, expected) => {
    const { code, stdout, stderr } = await onager(...brief, ...args).finished;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const errors = stderr.split('\n').filter((line) => line.startsWith('onager: '));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });

  it('without a pipeline: says which there are', async () => {
    const { stderr } = await onager('sweep').finished;
    expect(stderr).toMatch(/Commands:\s+catapults \[options\]/);
  });
});
