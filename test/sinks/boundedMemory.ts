import { execFileSync } from 'node:child_process';
import { bundle } from './children/bundle.ts';

/** What a long run took of memory and time, in a process of its own. */
export interface MemoryTaken {
  readonly seen: number;
  readonly events: number;
  /** Most bytes that were resident. */
  readonly most: number;
  readonly seconds: number;
}

/** Makes what writes or reads a folder of so many rows, each hundredth with an event, and measures itself. */
export async function memoryProgram(directory: string) {
  const program = await bundle('boundedMemory', directory);
  return (path: string, rows: number, mode: 'write' | 'read'): MemoryTaken =>
    JSON.parse(
      // A small young generation, so that what is measured is what is kept and not what nobody has collected.
      execFileSync(process.execPath, ['--max-semi-space-size=8', program, path, String(rows), mode], {
        encoding: 'utf8',
      }),
    );
}
