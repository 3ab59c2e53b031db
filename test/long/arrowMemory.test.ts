import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory } from '../sinks/arrowFiles.ts';
import { memoryProgram } from '../sinks/boundedMemory.ts';

const directory = temporaryDirectory();

it('ten million rows are written and read in the memory of a million', async () => {
  const measure = await memoryProgram(directory);
  for (const mode of ['write', 'read'] as const) {
    const million = measure(join(directory, 'million'), 1e6, mode);
    const path = join(directory, 'ten-million');
    const tenMillion = measure(path, 1e7, mode);
    expect(tenMillion).toMatchObject({ seen: 1e7, events: 1e5 });
    const size = statSync(join(path, 'steps.arrows')).size;
    expect(size).toBeGreaterThan(400 << 20);
    const told = ({ most, seconds, seen }: typeof million) =>
      `${most >> 20} MB, ${(seen / seconds / 1e6).toFixed(2)} M rows/s`;
    process.stderr.write(`${mode}: 1 M rows ${told(million)}; 10 M rows ${told(tenMillion)}; file ${size >> 20} MB\n`);
    // Of nine million rows more, eight bytes each would be 69 MB, and a row is some hundreds.
    expect(tenMillion.most - million.most).toBeLessThan(72 << 20);
  }
});
