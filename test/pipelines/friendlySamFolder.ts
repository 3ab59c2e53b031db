import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { randomStream } from '../../src/randomness.ts';

const side = 8;
const classes = 10;

/** A folder of IDX files: noisy images of ten classes, each a patch of light somewhere else; the caller removes it. */
export function friendlySamFolder({ train = 400, test = 200 } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'onager-images-'));
  mkdirSync(folder, { recursive: true });
  const random = randomStream(7, 'images');
  for (const [part, count] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const pixels = new Uint8Array(count * side * side);
    const labels = new Uint8Array(count);
    for (let image = 0; image < count; image++) {
      const label = image % classes;
      labels[image] = label;
      for (let pixel = 0; pixel < side * side; pixel++) {
        const lit = Math.floor(pixel / 6) === label;
        pixels[image * side * side + pixel] = Math.floor((lit ? 90 : 0) + 165 * random.uniform());
      }
    }
    writeFileSync(join(folder, `${part}-images-idx3-ubyte.gz`), gzipSync(idx([count, side, side], pixels)));
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), idx([count], labels));
  }
  return folder;
}

function idx(shape: readonly number[], values: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  head.setUint32(0, 0x0800 + shape.length);
  shape.forEach((size, axis) => {
    head.setUint32(4 + 4 * axis, size);
  });
  return Buffer.concat([new Uint8Array(head.buffer), values]);
}
