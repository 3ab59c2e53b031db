import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { from, lastValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { figure } from '../../sinks/report/figure.ts';
import { figureDrawer } from '../../sinks/report/figurePng.ts';
import { reportPanels } from '../../sinks/report/reportPage.ts';
import { reportScene } from '../../sinks/report/reportScene.ts';
import { addReportCommand } from '../../src/cli/reportCommand.ts';
import { readReportedRun } from '../../src/cli/reportedRun.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { Run } from '../../src/run.ts';
import { planted, syntheticRow, syntheticRun } from '../page/syntheticRun.ts';
import { evidencedRows } from '../sources/recordedRuns.ts';

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
    expect(page.match(/<svg [^>]*role="img"[^>]*>/g)?.filter((svg) => svg.includes('aria-label="'))).toHaveLength(7);
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
    expect(loss.match(/<g [^>]*aria-label="line"/g)).toHaveLength(4);
    expect(loss).toContain('stroke="var(--blue)"');
    expect(loss).toContain('stroke="var(--orange)"');
    expect(page).toContain('<th scope="col">seed</th>');
    expect(page).not.toContain('<th scope="col">spec.width</th>');
  });

  it('draws the mean and spread of runs that differ in their seed, and says so', async () => {
    const out = join(folder, 'seeds.html');
    const files = [await recorded('s1.arrows', 1), await recorded('s2.arrows', 2, 300)];
    await report(...files, '-o', out, '--seeds', 'deviation');
    const page = await readFile(out, 'utf8');
    expect(page).toContain('log scale, geometric mean ± sd');
    expect(page).toContain('Mean: 2 seeds');
    const loss = page.slice(page.indexOf('<svg '), page.indexOf('</svg>'));
    // The band of each of the two series, and what not both runs have as a thin line.
    expect(loss.match(/fill-opacity="0.18"/g)?.length).toBeGreaterThanOrEqual(2);
    expect(loss).toContain('stroke-width="0.9"');
    // What one of the runs lost is told, not averaged away.
    expect(loss).toContain('<title>Infinity</title>');
    await report(...files, '-o', out, '--color-by', 'width');
    expect(process.exitCode).toBe(1);
  });

  it('draws each chart as a picture for print, with its text where no fonts are', async () => {
    const folderOfPictures = join(folder, 'figures');
    const path = join(folder, 'printed.arrows');
    const run = new Run('printed', [
      { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
      { name: 'loss', type: 'float64', unit: 'loss', meaning: '' },
    ]);
    const rows = Array.from({ length: 50 }, (_, step) => ({ run, step, loss: 1 / (1 + step) }));
    await lastValueFrom(from(rows).pipe(toArrow(path)));
    const said = await report(path, '-o', join(folder, 'p.html'), '--png', folderOfPictures);
    expect(said).toContain('figures: 1 picture\n');
    const loss = await readFile(join(folderOfPictures, 'loss.png'));
    const view = new DataView(loss.buffer, loss.byteOffset);
    expect(view.getUint32(16)).toBe(2150);
    // 300 dots per inch, per metre.
    expect(loss.subarray(37, 41).toString('latin1')).toBe('pHYs');
    expect(view.getUint32(41)).toBe(11811);
    const draw = await figureDrawer();
    const size = (text: string) =>
      draw(`<svg xmlns="http://www.w3.org/2000/svg" width="99" height="20"><text y="15">${text}</text></svg>`).length;
    expect(size('λ ∞ 10⁻⁴')).toBeGreaterThan(size('') + 300);
  });

  it('names the packages that pictures need where they are not installed, and leaves nothing half done', async () => {
    const pictures = join(folder, 'no figures');
    const out = join(folder, 'no figures.html');
    const path = await recorded('undrawn.arrows', 5, 20);
    vi.resetModules();
    vi.doMock('node:module', async (original) => ({
      ...(await original<typeof import('node:module')>()),
      createRequire: () => ({
        resolve(name: string) {
          throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
        },
      }),
    }));
    try {
      expect(await report(path, '-o', out, '--png', pictures)).toContain(
        'PNG needs two packages that are not installed: npm install @resvg/resvg-wasm dejavu-fonts-ttf',
      );
    } finally {
      vi.doUnmock('node:module');
      vi.resetModules();
    }
    expect(process.exitCode).toBe(1);
    expect(existsSync(pictures)).toBe(false);
    expect(existsSync(out)).toBe(false);
  });

  it('makes figures that stand alone: well-formed, every colour written out, whatever a run is called', async () => {
    const files = [await recorded('f1.arrows', 1), await recorded('f2.arrows', 2)];
    const records = [await readReportedRun(files[0]!), await readReportedRun(files[1]!)];
    const scene = reportScene(records, {});
    for (const panel of reportPanels(scene).main) {
      const svg = figure(panel, scene);
      expect(svg).not.toMatch(/var\(|undefined|NaN,|<b>/);
      const open = svg.match(/<(?!\/)[^>]*[^/]>/g)!.length;
      expect(svg.match(/<\//g)).toHaveLength(open);
    }
  });

  it('has the events of a run folder, and does without where they are not there', async () => {
    const path = join(folder, 'of two tables');
    await lastValueFrom(from(evidencedRows()).pipe(spikes(), toArrow(path)));
    const { hello, reports } = await readReportedRun(path);
    expect(hello.name).toBe('evidenced (of two tables)');
    expect(reports.map(({ group }) => group)).toEqual(['spikes.event', 'spikes.event']);
    await rm(join(path, 'events.arrows'));
    expect((await readReportedRun(path)).reports).toEqual([]);
  });

  it('says what is wrong with a file, and writes nothing over what it reads', async () => {
    const notes = join(folder, 'notes.txt');
    await writeFile(notes, 'no');
    expect(await report(notes, '-o', join(folder, 'x.html'))).toContain('notes.txt is not an Arrow file');
    expect(process.exitCode).toBe(1);
    const path = await recorded('kept.arrows', 3, 20);
    expect(await report(path, '-o', path)).toContain('expected another file than is read');
    expect((await readFile(path)).length).toBeGreaterThan(1000);
    expect(() => reportScene([], {})).toThrow('expected one or more');
  });
});
