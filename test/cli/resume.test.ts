import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from '../sinks/arrowFiles.ts';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-resume-'));
const file = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const elsewhere = file('elsewhere');
/** A run of a second: few samples, one catapult. */
const brief = ['run', 'catapults', '--size', 'small', '--catapults', '1', '--width', '64', '--stop-at', '0.05'];
const start = (name: string, ...more: string[]) =>
  onager(...brief, '--no-serve', '--json', '--out', file(`${name}.arrows`), ...more);
const checkpoint = (name: string, step: number) =>
  file(`${name}.checkpoints/step-${String(step).padStart(9, '0')}.safetensors`);

/** Everything in a run's file, but for the time of day. */
const recorded = (name: string) => {
  const table = tableFromIPC(readFileSync(file(`${name}.arrows`)));
  return { schema: table.schema.toString(), rows: rowsOf(table).map((row) => ({ ...row, seconds: 0 })) };
};

async function ended({ finished }: ReturnType<typeof onager>, expected = 0): Promise<{ [key: string]: unknown }> {
  const { code, stdout, stderr } = await finished;
  expect(code, stderr).toBe(expected);
  return { ...JSON.parse(stdout), seconds: 0, file: '' };
}

/** Waits for a file that a run is to make while it goes on. */
async function appears(path: string, { child }: ReturnType<typeof onager>): Promise<void> {
  while (!existsSync(path)) {
    if (child.exitCode !== null) throw new Error(`the run ended without a file ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a run that is interrupted and resumed has the file and the findings of one that is not', () => {
  let whole: { [key: string]: unknown };
  beforeAll(async () => {
    whole = await ended(start('whole'));
    expect(existsSync(file('whole.checkpoints'))).toBe(false);
  });

  it('by kill -9, also when the newest checkpoint is damaged: from the one before', async () => {
    const run = start('killed', '--checkpoint-every', '10');
    await appears(checkpoint('killed', 20), run);
    await new Promise((resolve) => setTimeout(resolve, 100 * Math.random()));
    run.child.kill('SIGKILL');
    await run.finished;
    const names = readdirSync(file('killed.checkpoints')).filter((name) => name.startsWith('step-'));
    expect(names.length).toBeGreaterThanOrEqual(2);
    const newest = join(file('killed.checkpoints'), names.sort().at(-1)!);
    const bytes = readFileSync(newest);
    bytes[bytes.length - 9]! ^= 16;
    writeFileSync(newest, bytes);
    const resumed = start('killed', '--resume');
    expect(await ended(resumed)).toEqual(whole);
    const { stderr } = await resumed.finished;
    expect(stderr).toMatch(/passed over: cannot read the checkpoint '.*': damaged in the tensor/);
    expect(stderr).toMatch(/resuming {3}at step \d+, from .*killed\.checkpoints/);
    expect(recorded('killed')).toEqual(recorded('whole'));
  });

  it('by SIGTERM, which saves it, with the checkpoints elsewhere', async () => {
    const run = start('ended', '--checkpoints', elsewhere);
    await appears(file('ended.arrows'), run);
    run.child.kill('SIGTERM');
    await ended(run, 130);
    expect((await run.finished).stderr).toMatch(/checkpoints {5}.*elsewhere; --resume goes on at step \d+/);
    expect(await ended(start('ended', '--checkpoints', elsewhere, '--resume'))).toEqual(whole);
    expect(recorded('ended')).toEqual(recorded('whole'));
  });
});

it('a run folder is gone on with, both tables of it, from the checkpoints in it', async () => {
  const folder = file('folder');
  const begin = (...more: string[]) => onager(...brief, '--no-serve', '--json', '--out', folder, ...more);
  const tables = () =>
    ['steps', 'events'].map((name) => {
      const rows = rowsOf(tableFromIPC(readFileSync(join(folder, `${name}.arrows`))));
      return rows.map((row) => ({ ...row, seconds: 0 }));
    });
  await ended(begin());
  const whole = tables();
  expect(whole[1]!.length).toBeGreaterThan(1);
  rmSync(folder, { recursive: true });
  const run = begin('--checkpoint-every', '10');
  await appears(join(folder, 'checkpoints', 'step-000000020.safetensors'), run);
  run.child.kill('SIGKILL');
  await run.finished;
  await ended(begin('--resume'));
  expect(tables()).toEqual(whole);
});

describe('--resume', () => {
  it('without a checkpoint says so in a line', async () => {
    const { code, stderr } = await start('none', '--resume').finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /onager: cannot read the checkpoint '.*none\.checkpoints': there is no such file or folder\n/,
    );
    expect(existsSync(file('none.arrows'))).toBe(false);
  });

  it('of another run says what differs, and leaves its file as it is', async () => {
    const before = readFileSync(file('ended.arrows'));
    const { code, stderr } = await start('ended', '--checkpoints', elsewhere, '--resume', '--seed', '3').finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/onager: train: the checkpoint of step \d+ does not fit this run: seed is 3, and was 0\n/);
    expect(readFileSync(file('ended.arrows'))).toEqual(before);
  });
});
