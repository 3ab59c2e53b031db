import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { from, lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { evidencedRows } from '../sources/recordedRuns.ts';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-recover-'));
const path = join(folder, 'run.arrows');
const into = join(folder, 'whole.arrows');

beforeAll(async () => {
  const rows = Array.from({ length: 100 }, (_, step) => ({ step, loss: 1 }));
  await lastValueFrom(from(rows).pipe(toArrow(path, { batchRows: 10, finishedBatchRows: 10 })));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('onager recover', () => {
  it('says that a finished file is finished', async () => {
    const { code, stdout, stderr } = await onager('recover', path, '--json').finished;
    expect(code).toBe(0);
    expect(stderr).toMatch(/run\.arrows: was finished already; 100 rows in 10 batches\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ recovered: false, rows: 100 });
  });

  it('says what it kept and what was lost, in the file itself or in another', async () => {
    truncateSync(path, readFileSync(path).length >> 1);
    const said = /arrows: (\d+) rows in \d+ batches kept, lost \d+ bytes, (10 rows|with an unknown number of rows)\n$/;
    const aside = await onager('recover', path, '--into', into).finished;
    expect(aside.code, aside.stderr).toBe(0);
    expect(aside.stderr).toMatch(said);
    const { stderr } = await onager('recover', path).finished;
    const [, rows] = said.exec(stderr)!;
    for (const file of [path, into]) expect(tableFromIPC(readFileSync(file)).numRows).toBe(Number(rows));
  });

  it('mends both tables of a folder, and removes what a finish that was killed left there', async () => {
    const run = join(folder, 'run');
    const rows = evidencedRows();
    await lastValueFrom(from(rows).pipe(spikes(), toArrow(run, { batchRows: 10, finishedBatchRows: 10 })));
    for (const name of ['steps.arrows', 'events.arrows']) {
      const table = join(run, name);
      truncateSync(table, readFileSync(table).length - 300);
    }
    // One of a program that is no more, and one of this program.
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const pid of [dead, process.pid]) writeFileSync(join(run, `.steps.arrows.${pid}-0123abcd.partial`), 'begun');
    const { code, stdout, stderr } = await onager('recover', run, '--json').finished;
    expect(code, stderr).toBe(0);
    const { steps, events, leftovers } = JSON.parse(stdout);
    expect(steps).toMatchObject({ recovered: true, path: join(run, 'steps.arrows') });
    expect(events).toMatchObject({ recovered: true, path: join(run, 'events.arrows') });
    expect(leftovers.removed).toEqual([join(run, `.steps.arrows.${dead}-0123abcd.partial`)]);
    expect(leftovers.kept).toEqual([join(run, `.steps.arrows.${process.pid}-0123abcd.partial`)]);
    expect(stderr).toMatch(/steps\.arrows: \d+ rows in \d+ batches kept.*\n.*events\.arrows: \d+ rows .* kept/);
    expect(stderr).toMatch(/0123abcd\.partial: removed.*\n.*0123abcd\.partial: being written by a program/);
    expect(tableFromIPC(readFileSync(steps.path)).numRows).toBe(steps.rows);
    expect((await onager('recover', run).finished).stderr).toMatch(/was finished already.*\n.*was finished already/);
  });

  it.each([
    [['/nowhere/run.arrows'], /cannot recover '\/nowhere\/run\.arrows'/],
    [['package.json'], /cannot recover 'package\.json': no Arrow schema/],
  ])('%j: one line, exit code 1', async (args, expected) => {
    const { code, stderr } = await onager('recover', ...args).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
