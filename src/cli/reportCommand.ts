import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parametersOf } from '../../sinks/dashboard/page/runColors.ts';
import type { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import type { Scene, Seeds } from '../../sinks/dashboard/page/scene.ts';
import { reportScene } from '../../sinks/report/reportScene.ts';
import { fail } from './failure.ts';
import { readReportedRun } from './reportedRun.ts';

interface ReportCommandOptions {
  readonly out: string;
  readonly png?: string;
  readonly seeds: Seeds;
  readonly colorBy?: string;
}

const seedChoices: readonly Seeds[] = ['each', 'range', 'deviation'];

/** `onager report`: recorded runs as one file that a browser shows without anything else, and as figures for a paper. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('charts and events of recorded runs as one HTML file')
    .argument('<files...>', 'Arrow files that runs were written to; several are drawn over each other')
    .option('-o, --out <file>', 'where to write', 'report.html')
    .option('--png <folder>', 'write each chart as a picture too, 300 dots per inch, 182 mm wide')
    .option(
      '--seeds <how>',
      'runs that differ only in their seed: each its line, or their mean with the range or the standard deviation as a band (each, range, deviation)',
      seedsOption,
      'each',
    )
    .option('--color-by <parameter>', 'what tells the colours of several runs, such as task.noise (default: the run)')
    .action(async (files: string[], { out, png, seeds, colorBy }: ReportCommandOptions) => {
      try {
        const target = files.find((file) => resolve(file) === resolve(out));
        if (target !== undefined) throw new RangeError(`--out ${out}: expected another file than is read`);
        const records: RunRecord[] = [];
        for (const file of files) records.push(await readReportedRun(file));
        if (colorBy !== undefined) expectParameter(records, colorBy);
        const scene = reportScene(records, { seeds, colorBy });
        const pictures = png === undefined ? 0 : await writeFigures(scene, png);
        // The library that draws is loaded for a report only: every command would start the later for it.
        const { reportPage } = await import('../../sinks/report/reportPage.ts');
        const page = reportPage(scene);
        await writeFile(out, page);
        const told = records.length === 1 ? '1 run' : `${records.length} runs`;
        process.stderr.write(`${out}: ${told}, ${page.length} bytes\n`);
        if (png !== undefined) process.stderr.write(`${png}: ${pictures} ${pictures === 1 ? 'picture' : 'pictures'}\n`);
      } catch (error) {
        fail(error);
      }
    });
}

/** One picture a chart, named after its title. @returns how many */
async function writeFigures(scene: Scene, folder: string): Promise<number> {
  const { reportPanels } = await import('../../sinks/report/reportPage.ts');
  const { figure } = await import('../../sinks/report/figure.ts');
  const { figureDrawer } = await import('../../sinks/report/figurePng.ts');
  const draw = await figureDrawer();
  await mkdir(folder, { recursive: true });
  const { main, more } = reportPanels(scene);
  const taken = new Set<string>();
  for (const panel of [...main, ...more]) {
    const wanted = panel.title
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}.]+/gu, '-')
      .replace(/^-|-$/g, '');
    let name = wanted;
    for (let again = 2; taken.has(name); again++) name = `${wanted}-${again}`;
    taken.add(name);
    await writeFile(join(folder, `${name}.png`), draw(figure(panel, scene)));
  }
  return taken.size;
}

function seedsOption(given: string): Seeds {
  const found = seedChoices.find((choice) => choice === given);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${seedChoices.join(', ')}`);
  return found;
}

function expectParameter(records: readonly RunRecord[], name: string): void {
  const known = new Set(records.flatMap((record) => [...parametersOf(record).keys()]));
  if (!known.has(name))
    throw new RangeError(`--color-by ${name}: expected a parameter of the runs: ${[...known].join(', ')}`);
}
