import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toJsonLines } from '../../sinks/jsonLines/toJsonLines.ts';
import { vectorGroup } from '../../src/columns.ts';
import { runOfHeader } from '../../src/formats/jsonLines/header.ts';
import { Run } from '../../src/run.ts';
import { fromJsonLines } from '../../src/sources/textLines/fromJsonLines.ts';
import type { Row } from '../../src/step.ts';
import { anyRun, collected, recordedFields, temporaryDirectory } from '../sources/recordedRuns.ts';

const directory = temporaryDirectory();
const path = join(directory, 'deeper', 'run.jsonl');

describe('toJsonLines and fromJsonLines', () => {
  it('give back every row and column of a run as it was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async ({ run, rows }) => {
        await collected(from(rows).pipe(toJsonLines(path)));
        const again = await collected(fromJsonLines<Row>(path));
        expect(again.map(recordedFields)).toEqual(rows.map(recordedFields));
        const replayed = again[0]!.run!;
        expect(replayed.name).toBe(run.name);
        expect(replayed.metadata).toEqual(run.metadata);
        expect(replayed.columns).toEqual(run.columns);
      }),
      { numRuns: 80 },
    );
  });

  it('writes a line a row after the header, NaN and infinities as strings', async () => {
    const rows = [
      { step: 0, loss: NaN, ok: true },
      { step: 1, loss: -Infinity, ok: false },
    ];
    await collected(from<Row[]>(rows).pipe(toJsonLines(path, { header: false })));
    expect(readFileSync(path, 'utf8')).toBe(
      '{"step":0,"loss":"NaN","ok":true}\n{"step":1,"loss":"-Infinity","ok":false}\n',
    );
    const again = await collected(fromJsonLines(path));
    expect(again.map(recordedFields)).toEqual(rows.map(recordedFields));
  });

  it('have a vector as an array, and refuse a line with another', async () => {
    const top = vectorGroup({ name: 'top', length: 2, type: 'float64', unit: '1', meaning: '' });
    const run = new Run('vectors', [{ name: 'step', type: 'int32', unit: 'steps', meaning: '' }, top]);
    const given = [[1, NaN], Float32Array.of(0.5, -Infinity)].map((value, step) => ({ step, top: value, run }));
    await collected(from(given as Row[]).pipe(toJsonLines(path)));
    const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines).toEqual(['{"step":0,"top":[1,"NaN"]}', '{"step":1,"top":[0.5,"-Infinity"]}']);
    const bad = ['{"step":2,"top":[1]}', '{"step":2,"top":{"0":1,"1":2}}', '{"step":2,"top":[1,null]}'];
    writeFileSync(path, [header, ...lines, ...bad].join('\n'));
    const notices: string[] = [];
    const again = await collected(fromJsonLines(path, { onNotice: ({ text }) => notices.push(text) }));
    expect(again.map(recordedFields)).toEqual([
      { step: 0, top: [1, NaN] },
      { step: 1, top: [0.5, -Infinity] },
    ]);
    expect(notices.join('\n')).toMatch(
      /:4: expected an array of 2 in column 'top'.*\n.*:5: expected an array of 2 .*\n.*:6: .* in column 'top\.1'/,
    );
    expect(runOfHeader(JSON.parse(header!))!.columns).toEqual(run.columns);
    const named = JSON.parse(header!.replace('"name":"1"', '"name":"length"'));
    expect(() => runOfHeader(named)).toThrow("has the key 'onager' but is no header");
  });

  it('writes to a stream, which stays open', async () => {
    const stream = new PassThrough();
    const given = Array.from({ length: 3000 }, (_, step) => ({ step, loss: 1 / (step + 1), words: 'w'.repeat(50) }));
    const written = text(stream);
    expect(await collected(from<Row[]>(given).pipe(toJsonLines(stream)))).toHaveLength(3000);
    expect(stream.writableEnded).toBe(false);
    stream.end();
    const lines = (await written).trim().split('\n');
    expect(JSON.parse(lines[0]!)).toHaveProperty('onager.run', 'stream');
    expect(lines).toHaveLength(3001);
    expect(await collected(fromJsonLines(PassThrough.from([`${lines.join('\n')}\n`])))).toHaveLength(3000);
  });

  it('fails in a line, with what it could not write to', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the reader has gone')) });
    await expect(collected(from<Row[]>([{ step: 0 }]).pipe(toJsonLines(broken)))).rejects.toThrow(
      "cannot write 'the stream': the reader has gone",
    );
    await expect(collected(from<Row[]>([{ step: 0 }]).pipe(toJsonLines(directory)))).rejects.toThrow(
      /it is a directory/,
    );
    const run = (await collected(fromJsonLinesOf([{ step: 0, loss: 1 }])))[0]!.run!;
    const unfit = [
      { step: 0, loss: 1, run },
      { step: 1, loss: 'no', run },
    ] as unknown as Row[];
    await expect(collected(from(unfit).pipe(toJsonLines(path)))).rejects.toThrow(
      /step 1: column 'loss' got the string "no"/,
    );
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(() => toJsonLines('')).toThrow(RangeError);
  });

  it('passes over damaged lines with a notice, and refuses a value of another type', async () => {
    await collected(from<Row[]>([0, 1, 2].map((step) => ({ step, loss: step }))).pipe(toJsonLines(path)));
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    lines.splice(2, 1, '{"step":1,"loss":', '{"step":1,"loss":true}', '{"step":1.5,"loss":1}', lines[0]!);
    writeFileSync(path, lines.join('\n'));
    const notices: string[] = [];
    const rows = await collected(fromJsonLines(path, { onNotice: ({ text }) => notices.push(text) }));
    expect(rows.map(({ step }) => step)).toEqual([0, 2]);
    expect(notices.filter((notice) => notice.includes('passed over'))).toHaveLength(3);
    expect(notices.join('\n')).toMatch(/run\.jsonl:3: expected an object.*\n.*:4: expected a number in column 'loss'/);
  });
});

function fromJsonLinesOf(rows: object[]) {
  return fromJsonLines(PassThrough.from([rows.map((row) => JSON.stringify(row)).join('\n')]));
}
