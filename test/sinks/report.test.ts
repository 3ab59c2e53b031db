import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { from, lastValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { reportPage } from '../../sinks/report/reportPage.ts';
import { addReportCommand } from '../../src/cli/reportCommand.ts';
import { planted, syntheticRow, syntheticRun } from '../page/syntheticRun.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onager-report-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

async function recorded(name: string, seed: number, end: number = planted.end): Promise<string> {
  const path = join(folder, name);
  const run = syntheticRun(`run <b>"${seed}" & more`, { seed, spec: { width: 64 }, versions: { onager: '0.1.0' } });
  const rows = Array.from({ length: end + 1 }, (_, step) => syntheticRow(run, step));
  await lastValueFrom(from(rows).pipe(toArrow(path)));
  return path;
}

/** What the command says on stderr. */
async function report(...given: string[]): Promise<string> {
  let said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const program = new Command('onager');
  addReportCommand(program);
  await program.parseAsync(['report', ...given], { from: 'user' });
  return said;
}

describe('onager report', () => {
  it('puts a run into one file that needs nothing else: charts, marks, how it was made', async () => {
    const out = join(folder, 'one.html');
    expect(await report(await recorded('one.arrows', 7), '-o', out)).toMatch(/one\.html: 1 run, \d+ bytes/);
    const page = await readFile(out, 'utf8');
    expect(page).not.toMatch(/<script|https?:|src=|@import|url\(/);
    expect(page.match(/<svg /g)).toHaveLength(7);
    expect(page).toContain('run &lt;b&gt;&quot;7&quot; &amp; more');
    expect(page).not.toContain('<b>"7"');
    // Both the infinity and the NaN at the end have their marks.
    expect(page).toContain('<title>Infinity</title>');
    expect(page).toContain('<title>NaN</title>');
    expect(page).toContain('<th scope="row">spec.width</th><td>64</td>');
    expect(page).toContain('<th scope="row">versions.onager</th><td>0.1.0</td>');
    // No place of anything on a chart is unknown.
    expect(page).not.toMatch(/ (d|x|y|x1|x2|y1|y2|cx|cy|width)="[^"]*(NaN|Infinity)/);
    expect(page).not.toContain('undefined');
  });

  it('draws several over each other, with what tells them apart', async () => {
    const out = join(folder, 'two.html');
    const files = [await recorded('a.arrows', 1), await recorded('b.arrows', 2, 300)];
    expect(await report(...files, '--out', out)).toContain('2 runs');
    const page = await readFile(out, 'utf8');
    const loss = page.slice(page.indexOf('<svg '), page.indexOf('</svg>'));
    expect(loss.match(/<path /g)).toHaveLength(4);
    expect(loss).toContain('stroke="var(--blue)"');
    expect(loss).toContain('stroke="var(--orange)"');
    expect(page).toContain('<th scope="col">seed</th>');
    expect(page).not.toContain('<th scope="col">spec.width</th>');
  });

  it('says what is wrong with a file, and writes nothing over what it reads', async () => {
    const notes = join(folder, 'notes.txt');
    await writeFile(notes, 'no');
    expect(await report(notes, '-o', join(folder, 'x.html'))).toContain('notes.txt is not an Arrow file');
    expect(process.exitCode).toBe(1);
    const path = await recorded('kept.arrows', 3, 20);
    expect(await report(path, '-o', path)).toContain('expected another file than is read');
    expect((await readFile(path)).length).toBeGreaterThan(1000);
    expect(() => reportPage([])).toThrow('expected one or more');
  });
});
