import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FromTextLinesOptions, fromTextLines } from '../../src/sources/textLines/fromTextLines.ts';
import { LineSplitter } from '../../src/sources/textLines/lineSplitter.ts';
import type { TextNotice } from '../../src/sources/textLines/textNotice.ts';
import type { LossRow } from '../../src/step.ts';
import { collected, recordedFields, temporaryDirectory } from './recordedRuns.ts';

const directory = temporaryDirectory();
const path = join(directory, 'train.log');

async function rowsOf(text: string, options: FromTextLinesOptions = {}) {
  writeFileSync(path, text);
  const notices: TextNotice[] = [];
  const rows = await collected(
    fromTextLines(path, { follow: false, ...options, onNotice: (notice) => notices.push(notice) }),
  );
  return { rows: rows.map(recordedFields), run: rows[0]?.run, notices };
}

describe('fromTextLines', () => {
  it.each([
    ['json', '{"_step":0,"train/loss":2,"lr":0.1}\n{"_step":1,"train/loss":1,"lr":0.1}\n', 'learningRate'],
    ['csv', 'iter,loss,lr\n0,2,0.1\n1,1,0.1\n', 'learningRate'],
    [
      'megatron',
      'setup\n\n iteration 0/ 9 | lm loss: 2 | learning rate: 0.1 |\n iteration 1/ 9 | lm loss: 1 | learning rate: 0.1 |',
      'learningRate',
    ],
    [
      'nanogpt',
      'tokens per iteration: 100\nstep:0/9 train_loss:2 lr:0.1\nstep:1/9 train_loss:1 lr:0.1\n',
      'learningRate',
    ],
    ['python-dict', "{'loss': 2, 'lr': 0.1}\n  3%|#  | 2/9 {'loss': 1, 'lr': 0.1}\n", 'learningRate'],
    [
      'trainer-state',
      '{\n"log_history": [\n{"step":0,"loss":2,"learning_rate":0.1},\n{"step":1,"loss":1,"learning_rate":0.1}]\n}',
      'learningRate',
    ],
  ])('finds out by itself that lines are %s', async (format, text) => {
    const { rows, run, notices } = await rowsOf(text);
    expect(rows).toEqual([
      { step: 0, loss: 2, learningRate: 0.1 },
      { step: 1, loss: 1, learningRate: 0.1 },
    ]);
    expect(run!.metadata.format).toBe(format);
    expect(run!.columns.map(({ name }) => name)).toEqual(['step', 'loss', 'learningRate']);
    expect(notices).toHaveLength(1);
    expect(notices[0]!.text).toMatch(new RegExp(`train\\.log: format ${format}; loss is '`));
    const stream = await collected(fromTextLines(Readable.from([Buffer.from(text)])));
    expect(stream.map(recordedFields)).toEqual(rows);
  });

  it('waits for the first loss of a trainer_state.json that begins with an evaluation', async () => {
    const evaluation = '{"log_history": [{"step":0,"eval_loss":3}';
    writeFileSync(path, `${evaluation}]}`);
    const rows: unknown[] = [];
    const subscription = fromTextLines(path, { format: 'trainer-state', poll: 5 }).subscribe((row) =>
      rows.push(recordedFields(row)),
    );
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(rows).toEqual([]);
    writeFileSync(path, `${evaluation},{"step":5,"loss":2},{"step":10,"loss":1}]}`);
    while (rows.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    subscription.unsubscribe();
    expect(rows).toEqual([
      { step: 5, loss: 2, eval_loss: 3 },
      { step: 10, loss: 1, eval_loss: null },
    ]);
  });

  it('reads a pattern, and fields by the names it is told', async () => {
    const { rows } = await rowsOf('E0 L2\nhello\nE1 Lnan\n', { pattern: 'E(?<step>\\d+) L(?<loss>\\S+)' });
    expect(rows).toEqual([
      { step: 0, loss: 2 },
      { step: 1, loss: NaN },
    ]);
    const chosen = await rowsOf('{"a":3,"b":1,"loss":9}\n', { step: 'a', loss: 'b' });
    expect(chosen.rows).toEqual([{ step: 3, loss: 1, loss_: 9 }]);
    const counted = await rowsOf('{"loss":1}\n{"loss":2}\n');
    expect(counted.rows.map(({ step }) => step)).toEqual([0, 1]);
  });

  it('counts a line that cannot be read, says where it is, and goes on', async () => {
    const { rows, notices } = await rowsOf(
      '{"step":0,"loss":1}\n{"step":1,"lo\n{"step":2,"loss":"high"}\n{"step":2.5,"loss":1}\n{"step":3,"loss":1,"new":5}\n',
    );
    expect(rows.map(({ step }) => step)).toEqual([0, 3]);
    const malformed = notices.filter(({ kind }) => kind === 'malformed').map(({ text }) => text);
    expect(malformed).toHaveLength(3);
    expect(malformed[0]).toMatch(/train\.log:2: expected an object as JSON; passed over: "\{\\"step\\":1,\\"lo"$/);
  });

  it('gives the fields of a record without a loss to the next row', async () => {
    const { rows } = await rowsOf(
      '{"step":0,"loss":1}\n{"step":0,"eval_loss":7}\n{"step":1,"loss":2}\n{"step":2,"loss":null}\n',
    );
    expect(rows).toEqual([
      { step: 0, loss: 1, eval_loss: null },
      { step: 1, loss: 2, eval_loss: 7 },
    ]);
  });

  it('goes over to a better name for the loss', async () => {
    const { rows } = await rowsOf('step 0: train loss 4.2, val loss 4.3\niter 0: loss 4.1\n', { step: undefined });
    expect(rows.at(-1)).toMatchObject({ loss: 4.1 });
  });

  it('says in a line what is missing', async () => {
    await expect(rowsOf('{"step":0,"energy":1}\n')).rejects.toThrow(
      /^cannot read '.*train\.log': the format is not known after 1 lines; there is no loss among "step", "energy"; expected/,
    );
    await expect(rowsOf('{"step":0,"energy":1}\n', { format: 'json' })).rejects.toThrow(
      /say which of 'step', 'energy' is/,
    );
    await expect(rowsOf('{"loss":0}\n', { step: 'number', format: 'json' })).rejects.toThrow(/no field 'number'/);
    await expect(rowsOf('hello\n')).rejects.toThrow(/the format is not known/);
    expect((await rowsOf('')).rows).toEqual([]);
    await expect(collected(fromTextLines(join(directory, 'no'), { follow: false }))).rejects.toThrow(
      /^cannot read .*ENOENT/,
    );
    expect(() => fromTextLines(path, { format: 'xml' as 'csv' })).toThrow(/format 'xml'/);
    expect(() => fromTextLines(path, { pattern: '(' })).toThrow(/pattern/);
  });

  it('never ends by an error once it has begun, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))), async (lines) => {
        const { rows } = await rowsOf(`{"step":0,"loss":1,"spikes":1}\n${lines.join('\n')}\n{"step":9,"loss":1}\n`);
        expect(rows[0]).toMatchObject({ step: 0, loss: 1, spikes_: 1 });
        expect(rows.at(-1)).toMatchObject({ step: 9 });
      }),
      { numRuns: 300 },
    );
  });
});

describe('following a file', () => {
  async function following(act: (seen: LossRow[], wait: (rows: number) => Promise<void>) => Promise<void>) {
    rmSync(path, { force: true });
    const seen: LossRow[] = [];
    const notices: TextNotice[] = [];
    let failure: unknown;
    const subscription = fromTextLines(path, { poll: 10, onNotice: (notice) => notices.push(notice) }).subscribe({
      next: (row) => seen.push(row),
      error: (error) => {
        failure = error;
      },
    });
    const wait = async (rows: number) => {
      for (let i = 0; seen.length < rows && i < 500; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(failure).toBeUndefined();
      expect(seen).toHaveLength(rows);
    };
    await act(seen, wait);
    subscription.unsubscribe();
    return { steps: seen.map(({ step }) => step), kinds: notices.map(({ kind }) => kind) };
  }
  const line = (step: number) => `{"step":${step},"loss":1}\n`;

  it('waits for it, and sees it grow, be rotated and be cut short', async () => {
    const { steps, kinds } = await following(async (_seen, wait) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      writeFileSync(path, line(0));
      await wait(1);
      appendFileSync(path, line(1).slice(0, 5));
      await new Promise((resolve) => setTimeout(resolve, 30));
      await wait(1);
      appendFileSync(path, line(1).slice(5) + line(2));
      await wait(3);
      appendFileSync(path, line(3));
      renameSync(path, `${path}.1`);
      await wait(4);
      writeFileSync(path, line(4));
      await wait(5);
      truncateSync(path, 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      appendFileSync(path, line(5));
      await wait(6);
      writeFileSync(path, line(6) + line(7));
      await wait(8);
    });
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(kinds).toEqual(['waiting', 'format', 'restarted', 'restarted', 'restarted']);
  });

  it('sees trainer_state.json written anew', async () => {
    const { steps } = await following(async (_seen, wait) => {
      const state = (count: number) =>
        JSON.stringify({ log_history: Array.from({ length: count }, (_, step) => ({ step, loss: 1 })) }, null, 1);
      writeFileSync(path, state(2));
      await wait(2);
      writeFileSync(path, state(3).slice(0, -9));
      await new Promise((resolve) => setTimeout(resolve, 30));
      writeFileSync(path, state(3));
      await wait(3);
    });
    expect(steps).toEqual([0, 1, 2]);
  });
});

describe('LineSplitter', () => {
  it('gives the same lines wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.array(fc.nat(64)), (parts, cuts) => {
        const text = parts.map((part) => part.replace(/[\r\n\uFEFF]/g, '')).join('\n');
        const bytes = Buffer.from(text);
        const splitter = new LineSplitter();
        const lines: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          lines.push(...splitter.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        lines.push(...splitter.push(bytes.subarray(at)));
        const last = splitter.end();
        if (last !== undefined) lines.push(last);
        const expected = bytes.toString().split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });

  it('bounds a line, and takes what a progress bar wrote last', () => {
    const splitter = new LineSplitter();
    for (let i = 0; i < 40; i++) expect(splitter.push(Buffer.alloc(1 << 16, 97))).toEqual([]);
    const [long, next] = splitter.push(Buffer.from('b\n 1%\r 2%\rdone\r\n'));
    expect(long).toBe('a'.repeat(1 << 20));
    expect(next).toBe('done');
  });
});
