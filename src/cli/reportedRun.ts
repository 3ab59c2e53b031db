import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readRecordedFile } from '../../sinks/dashboard/page/recordedFile.ts';
import type { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import { isRunFolder, pathsIn } from '../formats/arrow/runFolder.ts';
import { recordedReports } from '../sources/arrow/recordedReports.ts';

/** Reads a recorded run, a file or a folder, for a report; what was cut off is said on stderr. */
export async function readReportedRun(path: string): Promise<RunRecord> {
  const folder = isRunFolder(path) ? pathsIn(path) : undefined;
  const steps = folder?.steps ?? path;
  const { mtimeMs } = await stat(steps);
  const file = new File([await readFile(steps)], basename(path), { lastModified: mtimeMs });
  const { record, cutOff } = await readRecordedFile(file, () => {});
  if (cutOff !== undefined) process.stderr.write(`${cutOff}; onager recover says what is lost\n`);
  if (folder !== undefined) record.takeEvents({ events: await recordedReports(folder.events) });
  return record;
}
