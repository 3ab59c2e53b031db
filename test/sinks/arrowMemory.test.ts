import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from './arrowFiles.ts';
import { memoryProgram } from './boundedMemory.ts';

const directory = temporaryDirectory();

it('four times the rows take no more memory, to write and to read', async () => {
  const measure = await memoryProgram(directory);
  for (const mode of ['write', 'read'] as const) {
    const most = [200_000, 800_000].map((rows) => {
      const taken = measure(join(directory, `run-${rows}`), rows, mode);
      expect(taken).toMatchObject({ seen: rows, events: rows / 100 });
      return taken.most;
    });
    // Rows that were kept would take 60 MB at the very least; what differs is what the collector has not looked at.
    expect(most[1]! - most[0]!).toBeLessThan(45 << 20);
  }
});
