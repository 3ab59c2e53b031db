import { readFile, stat } from 'node:fs/promises';
import type { Row } from '../../step.ts';
import { type FollowOptions, pause } from './followFile.ts';
import { Malformed } from './parsedLine.ts';
import type { TextRows } from './textRows.ts';
import { parseTrainerState } from './trainerState.ts';

/**
 * The rows of a `trainer_state.json` as it is written anew: each time, those that were not there before. A list that
 * has become shorter begins anew. One that cannot be read is taken for half written while it is followed.
 */
export async function* followState(
  path: string,
  rows: TextRows,
  { follow, poll, signal }: FollowOptions,
  restarted: (how: 'truncated') => void,
): AsyncGenerator<Iterable<Row>> {
  let seen = '';
  let delivered = 0;
  while (!signal.aborted) {
    // Between two files there may be none.
    const { mtimeMs, size, ino } = (await stat(path).catch(() => undefined)) ?? { mtimeMs: 0, size: -1, ino: 0 };
    const version = `${mtimeMs} ${size} ${ino}`;
    if (version !== seen && size >= 0) {
      seen = version;
      const records = parseTrainerState(await readFile(path, 'utf8'));
      if (records instanceof Malformed) {
        if (!follow) throw new Error(records.reason);
        rows.malformed(1, records, '');
      } else {
        if (records.length < delivered) {
          delivered = 0;
          restarted('truncated');
        }
        if (records.length > delivered) yield rows.readRecords(records.slice(delivered), delivered + 1);
        delivered = records.length;
      }
    }
    if (!follow) return;
    await pause(poll, signal);
  }
}
