import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ArrowTable } from '../../sinks/dashboard/page/arrowTable.ts';
import { readRecording } from '../../sinks/dashboard/page/recording.ts';
import type { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import { isRunFolder, pathsIn } from '../formats/arrow/runFolder.ts';

/** Reads a recorded run, a file or a folder, for a report; what was cut off is said on stderr. */
export async function readReportedRun(path: string): Promise<RunRecord> {
  const folder = isRunFolder(path) ? pathsIn(path) : undefined;
  const steps = await openTable(folder?.steps ?? path);
  // The rows of a folder are of use without its events.
  const events = folder !== undefined && existsSync(folder.events) ? await openTable(folder.events) : undefined;
  const { record, cutOff } = await readRecording({ name: basename(path), steps, events }, () => {});
  for (const lost of cutOff) process.stderr.write(`${lost}; onager recover says what is lost\n`);
  return record;
}

async function openTable(path: string): Promise<ArrowTable> {
  const { mtimeMs } = await stat(path);
  return ArrowTable.open(new File([await readFile(path)], basename(path), { lastModified: mtimeMs }), path);
}
