import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFashionMnist } from '../../src/sources/fashionMnist.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onager-fashion-'));
  for (let label = 0; label < 10; label++)
    await written(label, [image(label), [], image(label + 100), image(label + 50)]);
});
afterAll(() => rm(folder, { recursive: true }));

function image(pixel: number): number[] {
  return new Array<number>(784).fill(pixel);
}

function written(label: number, data: unknown): Promise<void> {
  return writeFile(join(folder, `${label}.json`), JSON.stringify({ data }));
}

describe('Fashion-MNIST', () => {
  it('every image once, with its class, split by the seed; empty rows are dropped', async () => {
    const { train, test } = await readFashionMnist({ folder, testSamples: 8 });
    expect([train.count, test.count, train.height, train.width]).toEqual([22, 8, 28, 28]);
    const firsts = [train, test].flatMap(({ count, pixels, labels }) =>
      Array.from({ length: count }, (_, row) => {
        expect(pixels[row * 784]! % 10 === labels[row]).toBe(true);
        return pixels[row * 784]!;
      }),
    );
    expect(new Set(firsts).size).toBe(30);
    expect(await readFashionMnist({ folder, testSamples: 8 })).toEqual({ train, test });
    expect((await readFashionMnist({ folder, testSamples: 8, seed: 1 })).test).not.toEqual(test);
  });

  it('one-line errors that name the file and the row', async () => {
    await expect(readFashionMnist({ folder, testSamples: 30 })).rejects.toThrow(
      'readFashionMnist: testSamples = 30: expected less than the 30 images there are',
    );
    const whole = [image(3)];
    for (const [data, message] of [
      [[...whole, image(256)], /3\.json: row 1: expected 784 whole numbers from 0 to 255$/],
      [[[1, 2]], /3\.json: row 0: expected 784 whole numbers/],
      [7, /3\.json: expected \{"data": \[\.\.\.\]\}$/],
    ] as const) {
      await written(3, data);
      await expect(readFashionMnist({ folder })).rejects.toThrow(message);
    }
    await writeFile(join(folder, '3.json'), '{"data": [');
    await expect(readFashionMnist({ folder })).rejects.toThrow(/3\.json: cannot be parsed \(.*\): expected JSON$/);
    await rm(join(folder, '3.json'));
    await expect(readFashionMnist({ folder })).rejects.toThrow(/3\.json: cannot be read \(no such file\)/);
  });
});
