import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { readRecordedFile } from '../../sinks/dashboard/page/recordedFile.ts';
import type { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import { reportPage } from '../../sinks/report/reportPage.ts';
import { fail } from './failure.ts';

/** `onager report`: recorded runs as one file that a browser shows without anything else. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('charts and events of recorded runs as one HTML file')
    .argument('<files...>', 'Arrow files that runs were written to; several are drawn over each other')
    .option('-o, --out <file>', 'where to write', 'report.html')
    .action(async (files: string[], { out }: { out: string }) => {
      try {
        const target = files.find((file) => resolve(file) === resolve(out));
        if (target !== undefined) throw new RangeError(`--out ${out}: expected another file than is read`);
        const records: RunRecord[] = [];
        for (const file of files) records.push(await readRun(file));
        const page = reportPage(records);
        await writeFile(out, page);
        process.stderr.write(
          `${out}: ${records.length} ${records.length === 1 ? 'run' : 'runs'}, ${page.length} bytes\n`,
        );
      } catch (error) {
        fail(error);
      }
    });
}

async function readRun(path: string): Promise<RunRecord> {
  const { mtimeMs } = await stat(path);
  const file = new File([await readFile(path)], basename(path), { lastModified: mtimeMs });
  const { record, cutOff } = await readRecordedFile(file, () => {});
  if (cutOff !== undefined) process.stderr.write(`${cutOff}; onager recover says what is lost\n`);
  return record;
}
