import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { from, lastValueFrom, Subject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { rowsOf } from '../sinks/arrowFiles.ts';
import { evidencedRows } from '../sources/recordedRuns.ts';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-replay-'));
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  await lastValueFrom(
    from(evidencedRows()).pipe(
      spikes(),
      catapults(),
      toArrow(file('run.arrows'), { batchRows: 32, finishedBatchRows: 32 }),
      toArrow(file('folder')),
    ),
  );
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('onager replay', () => {
  it('--json: the events of the detectors over the recorded run', async () => {
    const { code, stdout, stderr } = await onager(
      ...['replay', file('run.arrows'), '--no-serve', '--json', '--out', file('again.arrows')],
    ).finished;
    expect(code, stderr).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ run: 'evidenced', rows: 300, verdicts: { catapult: 1, spike: 1 } });
    expect(stderr).toMatch(/catapult {2}×/);
    const table = (name: string) =>
      tableFromIPC(readFileSync(file(name)))
        .toArray()
        .map(String);
    expect(table('again.arrows')).toEqual(table('run.arrows'));
  });

  it('takes other detectors, and serves the page', async () => {
    const { child, finished, line } = onager('replay', file('run.arrows'), '--pipe', 'spikes', '--port', '0');
    const [, url] = await line(/dashboard {2}(http\S+)/);
    await line(/still serving/);
    expect((await fetch(url!)).status).not.toBe(404);
    child.kill('SIGINT');
    const { code, stderr } = await finished;
    expect(code).toBe(0);
    expect(stderr).toMatch(/events +2 spike/);
  });

  it('replays a run folder, and lists what was recorded beside what is found now', async () => {
    const { code, stdout, stderr } = await onager(
      ...['replay', `${file('folder')}/`, '--pipe', 'spikes,catapults', '--no-serve', '--json', '--recorded'],
      ...['--ratio', '20'],
    ).finished;
    expect(code, stderr).toBe(0);
    const { rows, events, recorded } = JSON.parse(stdout);
    expect(rows).toBe(300);
    const verdicts = (found: { verdict: string }[]) => found.map(({ verdict }) => verdict);
    expect(verdicts(recorded)).toEqual(['catapult', 'spike']);
    expect(verdicts(events)).toEqual(['spike']);
    expect(stderr).toMatch(/recorded +now\n {2}step 95 +catapult +-\n {2}step 195 +spike +spike\n/);
  });

  it('--follow: goes on with a run that is written meanwhile, to its end', async () => {
    const rows = evidencedRows();
    const source = new Subject<(typeof rows)[number]>();
    const path = file('growing');
    const written = lastValueFrom(source.pipe(toArrow(path, { batchRows: 32 })));
    const { finished } = onager('replay', path, '--follow', '--no-serve', '--json', '--out', file('followed'));
    for (const [index, row] of rows.entries()) {
      source.next(row);
      if (index % 100 === 50) await new Promise((resolve) => setTimeout(resolve, 600));
    }
    source.complete();
    await written;
    const { code, stdout, stderr } = await finished;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 300, verdicts: { catapult: 1, spike: 1 } });
    const table = (name: string) => rowsOf(tableFromIPC(readFileSync(file(name))));
    expect(table('followed/events.arrows')).toEqual(table('folder/events.arrows'));
  });

  it('replays what is whole of a file that is cut off, then says so', async () => {
    const bytes = readFileSync(file('run.arrows'));
    writeFileSync(file('cut.arrows'), bytes);
    truncateSync(file('cut.arrows'), bytes.length >> 1);
    const { code, stderr } = await onager('replay', file('cut.arrows'), '--no-serve').finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^onager: cannot replay '.*cut\.arrows': it is damaged or cut off after \d+ rows/m);
  });

  it.each([
    [[file('no')], /cannot replay '.*no': ENOENT/],
    [['package.json'], /cannot replay 'package\.json': no Arrow schema/],
    [[file('run.arrows'), '--out', file('run.arrows')], /expected another path/],
    [[file('folder'), '--out', `${file('folder')}/`], /expected another path/],
    [[file('folder'), '--out', file('folder/events.arrows')], /expected another path/],
    [[file('run.arrows'), '--speed', '0'], /speed 0/],
    [[file('run.arrows'), '--ratio', '0.1'], /ratio/],
  ])('%j: one line that says what was expected, exit code 1', async (args, expected) => {
    const { code, stdout, stderr } = await onager('replay', ...args, '--no-serve').finished;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const errors = stderr.split('\n').filter((line) => line.startsWith('onager: '));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });
});
