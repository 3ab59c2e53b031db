import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointBytes, checkpointOf } from '../../src/checkpoints/checkpointBytes.ts';
import { readCheckpoint } from '../../src/checkpoints/checkpointFolder.ts';
import { joined, parted } from '../../src/checkpoints/plainData.ts';
import { UnreadableCheckpointError } from '../../src/checkpoints/unreadableCheckpointError.ts';
import { writeCheckpoints } from '../../src/checkpoints/writeCheckpoints.ts';
import type { Saved } from '../../src/memory.ts';
import { adam } from '../../src/optimizers/adam.ts';
import type { Checkpoint } from '../../src/training/checkpoint.ts';
import { type Settings, specOf, wholeRun } from '../training/resumableRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-checkpoints-'));
let folders = 0;
const newFolder = () => join(folder, String(folders++));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let checkpoint: Checkpoint;
beforeAll(async () => {
  const settings: Settings = { schedule: 'constant', batchSize: 5, depth: 2, seed: 1, optimizer: 'adam' };
  checkpoint = (await wholeRun({ ...specOf(settings, 20), optimizer: adam() })).checkpoints.last!;
});

const numbers = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, -0), fc.integer());
const keys = fc.oneof(
  fc.string(),
  fc.constantFrom('$tensor', '$array', '$number', '$object', '__proto__', 'shape', 'a/b'),
);
const { data } = fc.letrec<{ data: Saved }>((tie) => ({
  data: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    numbers,
    fc.string({ unit: 'binary' }),
    fc.float32Array(),
    fc.float64Array(),
    fc.int32Array(),
    fc.float32Array().map((values) => ({ shape: [1, values.length], values })),
    fc.array(tie('data')),
    fc.dictionary(keys, tie('data'), { noNullPrototype: true }),
  ),
}));

describe('plain data in a file', () => {
  it('comes back bit for bit, whatever it is', () =>
    fc.assert(
      fc.property(data, (memory) => {
        const { json, tensors } = parted(memory);
        expect(joined({ json: JSON.parse(JSON.stringify(json)), tensors })).toEqual(memory);
        const memories = { mine: memory };
        const file = Buffer.concat(checkpointBytes({ ...checkpoint, memories }));
        expect(checkpointOf(file).memories).toEqual(memories);
      }),
      { numRuns: 200 },
    ));

  it('is what safetensors is: a length, a header of JSON, and little-endian numbers back to back', () => {
    const file = Buffer.concat(checkpointBytes(checkpoint));
    const length = Number(file.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    const { __metadata__: metadata, ...tensors } = header;
    for (const value of Object.values(metadata as object)) expect(value).toBeTypeOf('string');
    let end = 0;
    for (const { dtype, shape, data_offsets: offsets } of Object.values(tensors)) {
      const size = dtype === 'F64' ? 8 : 4;
      expect(offsets).toEqual([end, end + size * shape.reduce((product, axis) => product * axis, 1)]);
      expect(offsets[0] % size).toBe(0);
      end = offsets[1];
    }
    expect(file.length).toBe(8 + length + end);
    const { shape, data_offsets: offsets } = tensors['parameters/W1']!;
    expect(shape).toEqual([4, 6]);
    expect(file.readFloatLE(8 + length + offsets[0] + 20)).toBe(checkpoint.parameters.W1!.values[5]);
    expect(tensors['kernels/batch/start']!.dtype).toBe('F64');
  });
});

describe('a file that is not whole', () => {
  let file: Buffer;
  let path: string;
  beforeAll(() => {
    file = Buffer.concat(checkpointBytes(checkpoint));
    path = join(folder, 'damaged.safetensors');
  });

  async function reading(bytes: Uint8Array): Promise<string> {
    writeFileSync(path, bytes);
    const error = await readCheckpoint(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnreadableCheckpointError);
    const { message } = error as Error;
    expect(message).toMatch(/^cannot read the checkpoint '.*damaged\.safetensors': .+$/);
    return message;
  }

  it('because it is cut off, anywhere, is refused and says how much is there', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
        expect(await reading(file.subarray(0, length))).toContain('cut off');
      }),
      { numRuns: 100, examples: [[0], [7], [8], [9], [file.length - 1]] },
    ));

  it('because a bit of it has turned, anywhere, is refused and says where', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.nat(7), async (at, bit) => {
        const damaged = Buffer.from(file);
        damaged[at]! ^= 1 << bit;
        const message = await reading(damaged);
        const [, begin, end] = /bytes (\d+) to (\d+)/.exec(message) ?? [];
        expect(message).toMatch(/damaged in (the tensor \S+, |its header, )?bytes/);
        expect(at).toBeGreaterThanOrEqual(Number(begin));
        expect(at).toBeLessThan(Number(end));
      }),
      {
        numRuns: 300,
        examples: [
          [0, 0],
          [3, 7],
          [7, 7],
          [8, 0],
          [45, 1],
          [file.length - 1, 0],
        ],
      },
    ));

  it('because there is more of it, or it is something else, is refused', async () => {
    expect(await reading(Buffer.concat([file, Buffer.alloc(3)]))).toContain('3 bytes more than it should');
    expect(await reading(Buffer.from('step,loss\n0,1\n1,0.5\n'))).toContain('cut off, or damaged in bytes 0 to 8');
    const text = JSON.stringify({ __metadata__: { format: 'pt' } });
    const foreign = Buffer.alloc(8 + text.length);
    foreign.writeBigUInt64LE(BigInt(text.length));
    foreign.write(text, 8);
    expect(await reading(foreign)).toContain('no checkpoint of Onager');
    await expect(readCheckpoint(join(folder, 'nowhere'))).rejects.toThrow('there is no such file or folder');
  });
});

describe('writeCheckpoints', () => {
  const at = (step: number, beganAt = 0): Checkpoint => ({ ...checkpoint, step, beganAt });
  const names = (path: string) =>
    readdirSync(path).map((name) => Number(/^step-(\d{9})\.safetensors$/.exec(name)?.[1]));

  it('keeps the newest, and a folder gives the newest that is whole', async () => {
    const path = join(newFolder(), 'made', 'too');
    const store = writeCheckpoints(path);
    for (const step of [5, 10, 15, 20]) await store.put(at(step));
    expect(names(path)).toEqual([15, 20]);
    expect(await readCheckpoint(path)).toEqual(at(20));
    const newest = join(path, 'step-000000020.safetensors');
    writeFileSync(newest, readFileSync(newest).subarray(0, -1));
    const damaged: Error[] = [];
    expect(await readCheckpoint(path, (error) => damaged.push(error))).toEqual(at(15));
    expect(damaged.map(({ message }) => message)).toEqual([expect.stringContaining(`'${newest}': it is cut off`)]);
    rmSync(join(path, 'step-000000015.safetensors'));
    await expect(readCheckpoint(path)).rejects.toThrow(`'${path}': none in this folder is whole`);
    rmSync(newest);
    await expect(readCheckpoint(path)).rejects.toThrow(`'${path}': there is none in this folder`);
  });

  it('removes those of another run, and of a future that did not come, once there is a better one', async () => {
    const path = newFolder();
    const first = writeCheckpoints(path, { keep: 3 });
    for (const step of [5, 10, 15, 20]) await first.put(at(step));
    // Resumed at 10, although there was a newer one.
    const second = writeCheckpoints(path, { keep: 3 });
    await second.put(at(12, 10));
    expect(names(path)).toEqual([10, 12]);
    await second.put(at(14, 10));
    await second.put(at(16, 10));
    expect(names(path)).toEqual([12, 14, 16]);
    // Begun anew.
    await writeCheckpoints(path).put(at(3));
    expect(names(path)).toEqual([3]);
    // The same store, subscribed to once more.
    await second.put(at(2));
    expect(names(path)).toEqual([2]);
  });

  it('removes what a program that is no more has left half-written, and leaves everything else', async () => {
    const path = newFolder();
    await writeCheckpoints(path).put(at(1));
    // No process has this number: it is above every limit.
    writeFileSync(join(path, '.step-000000002.safetensors.4194999-00c0ffee.partial'), 'half');
    writeFileSync(join(path, `.step-000000002.safetensors.${process.ppid}-00c0ffee.partial`), 'half');
    writeFileSync(join(path, 'notes.txt'), 'mine');
    await writeCheckpoints(path).put(at(3));
    expect(readdirSync(path)).toEqual([
      `.step-000000002.safetensors.${process.ppid}-00c0ffee.partial`,
      'notes.txt',
      'step-000000003.safetensors',
    ]);
  });

  it('says in a line what it could not write, and leaves nothing', async () => {
    const path = newFolder();
    writeFileSync(path, 'a file');
    await expect(writeCheckpoints(path).put(at(1))).rejects.toThrow(
      `cannot write the checkpoint '${join(path, 'step-000000001.safetensors')}': `,
    );
  });

  it.each([
    [{ every: 0 }, 'every = 0'],
    [{ keep: 0 }, 'keep = 0'],
  ])('%j is refused', (options, message) => {
    expect(() => writeCheckpoints('x', options)).toThrow(`writeCheckpoints: ${message}`);
    expect(() => writeCheckpoints('')).toThrow('expected the path of a folder');
  });
});
