import { describe, expect, it } from 'vitest';
import { csvParser } from '../../src/sources/textLines/csv.ts';
import { parseJsonLine } from '../../src/sources/textLines/jsonLine.ts';
import { parseMegatronLine } from '../../src/sources/textLines/megatron.ts';
import { parseNanoGptLine } from '../../src/sources/textLines/nanoGpt.ts';
import { Malformed, type ParsedLine } from '../../src/sources/textLines/parsedLine.ts';
import { patternParser } from '../../src/sources/textLines/pattern.ts';
import { parsePythonDict } from '../../src/sources/textLines/pythonDict.ts';
import { parseTrainerState } from '../../src/sources/textLines/trainerState.ts';
import { bloom } from './loggedLines.ts';
import { isSound, parserLaws } from './parserLaws.ts';

describe('parseMegatronLine', () => {
  it.each([
    [
      bloom,
      {
        iteration: 31219,
        'consumed samples': 23455744,
        'elapsed time per iteration (s)': 105.01,
        'learning rate': 5.935e-5,
        'global batch size': 2048,
        'lm loss': 5.098124,
        'grad norm': 960.351,
        'num zeros': 0,
        'number of skipped iterations': 0,
        'number of nan iterations': 0,
      },
    ],
    [
      '[default7]: [2024-05-01 10:00:00] iteration 1/ 10 | lm loss: NAN | grad norm: inf |',
      expect.objectContaining({ iteration: 1, 'lm loss': NaN, 'grad norm': Infinity }),
    ],
    ['using world size: 8, data-parallel-size: 8', null],
    ['validation loss at iteration 1000 | lm loss value: 2.3E+00 |', null],
  ])('%s', (line, record) => expect(parseMegatronLine(line)).toEqual(record));

  it('says what is wrong with a damaged line', () => {
    expect(parseMegatronLine('iteration 5/ 10 | lm loss: 5.0.9 |')).toMatchObject({
      reason: expect.stringMatching(/'lm loss'.*'5\.0\.9'/),
    });
  });
});

describe('parseNanoGptLine', () => {
  it.each([
    ['iter 100: loss 2.3456, time 12.34ms, mfu 17.50%', { step: 100, loss: 2.3456, time: 12.34, mfu: 17.5 }],
    ['step 250: train loss 2.1234, val loss 2.2345', { step: 250, 'train loss': 2.1234, 'val loss': 2.2345 }],
    ['step:5/5100 train_loss:7.6140', { step: 5, train_loss: 7.614 }],
    [
      'step:0/1750 val_loss:10.8258 train_time:0ms step_avg:nanms',
      { step: 0, val_loss: 10.8258, train_time: 0, step_avg: NaN },
    ],
    [
      'step    5/19560 | loss 10.97 (+nanz)| norm 15.31 (+nanz)| lr 6.0e-04 | 1234.5 ms | 43% bf16 MFU',
      { step: 5, loss: 10.97, norm: 15.31, lr: 6e-4 },
    ],
    ['12:00:01 iter 3: loss nan', { step: 3, loss: NaN }],
    ['iter_dt 12ms; iter 7: train loss 2.5', { step: 7, 'train loss': 2.5 }],
    ['number of parameters: 10.65M', null],
    ['step info: starting', null],
  ])('%s', (line, record) => {
    const parsed = parseNanoGptLine(line);
    if (record === null) expect(parsed).toBeNull();
    else expect(parsed).toMatchObject(record);
  });

  it('says what is wrong with a damaged line', () => {
    expect(parseNanoGptLine('step:5/5100 train_loss:7.6x?40')).toBeInstanceOf(Malformed);
  });
});

describe('parseJsonLine', () => {
  it.each([
    ['{"step":1,"loss":0.5}', { step: 1, loss: 0.5 }],
    [
      '{"loss": NaN, "a": -Infinity, "s": "NaN, \\"Infinity", "n": null}',
      { loss: NaN, a: -Infinity, s: 'NaN, "Infinity', n: null },
    ],
    ['{"loss": "12.5", "name": "run", "ok": true, "list": [1]}', { loss: 12.5, name: 'run', ok: true }],
    ['{"train":{"loss":1},"_step":3}', { 'train/loss': 1, _step: 3 }],
    ['   ', null],
  ])('%s', (line, record) => expect(parseJsonLine(line)).toEqual(record));

  it.each(['[1]', '{"a":', 'loss 5', '{"loss": Nan}', '{'.repeat(5000)])('%s is malformed', (line) =>
    expect(parseJsonLine(line)).toBeInstanceOf(Malformed),
  );
});

describe('csvParser', () => {
  it('reads a header, quotes, empty cells and other separators', () => {
    const parse = csvParser();
    expect(parse('step,"train,loss",note')).toBeNull();
    expect(parse('1,0.5,"a ""b"", c"')).toEqual({ step: 1, 'train,loss': 0.5, note: 'a "b", c' });
    expect(parse('2,nan,')).toEqual({ step: 2, 'train,loss': NaN, note: null });
    expect(parse('3,1')).toMatchObject({ reason: 'expected 3 cells, got 2' });
    expect(parse('3,1,"x')).toMatchObject({ reason: 'expected a closing quote' });
    expect(parse('step,"train,loss",note')).toBeNull();
    const tabs = csvParser();
    tabs('step\tloss');
    expect(tabs('1\t2')).toEqual({ step: 1, loss: 2 });
  });
});

describe('patternParser', () => {
  it('gives the named groups', () => {
    const parse = patternParser('E(?<epoch>\\d+) S(?<step>\\d+) L(?<loss>\\S+)( (?<word>\\w+))?');
    expect(parse('E1 S20 L3e-1')).toEqual({ epoch: 1, step: 20, loss: 0.3, word: null });
    expect(parse('nothing')).toBeNull();
    expect(patternParser(/(?<loss>\d)/g)('1')).toEqual({ loss: 1 });
    expect(() => patternParser('(')).toThrow(/^pattern "\(": /);
    expect(() => patternParser('a')).toThrow(/named groups/);
  });
});

describe('parsePythonDict', () => {
  it.each<[string, ParsedLine]>([
    [
      "{'loss': 2.3123, 'grad_norm': 1.02, 'learning_rate': 4.9e-05, 'epoch': 0.02}",
      { loss: 2.3123, grad_norm: 1.02, learning_rate: 4.9e-5, epoch: 0.02 },
    ],
    ["  2%|2         | 10/500 [00:05<04:10,  1.96it/s]{'loss': '2.31', 'epoch': '0.02'}", { loss: 2.31, epoch: 0.02 }],
    ["{'loss': nan, 'grad_norm': inf}", { loss: Number.NaN, grad_norm: Number.POSITIVE_INFINITY }],
    [
      "{'eval_loss': 1.5, 'eval_runtime': 3, 'ok': True, 'note': None, \"by\": 'me'}",
      { eval_loss: 1.5, eval_runtime: 3, ok: true, note: null, by: 'me' },
    ],
    ['loading {weights}', null],
    ['{"loss": {"inner": 1}}', null],
    ['', null],
  ])('%s', (line, record) => expect(parsePythonDict(line)).toEqual(record));

  it('says what is wrong with a dictionary that is cut off', () => {
    expect(parsePythonDict("{'loss': 2.3123, 'grad_n")).toMatchObject({
      reason: expect.stringContaining('character 17'),
    });
    expect(parsePythonDict("{'loss': 2.3123, 'a': tensor}")).toMatchObject({
      reason: expect.stringContaining('tensor'),
    });
  });
});

describe('parseTrainerState', () => {
  it('gives the records of log_history', () => {
    const text = '{\n "global_step": 2,\n "log_history": [{"step":1,"loss":NaN},{"step":2,"eval_loss":1.5},3]\n}';
    expect(parseTrainerState(text)).toEqual([
      { step: 1, loss: NaN },
      { step: 2, eval_loss: 1.5 },
    ]);
    expect(parseTrainerState('{"a":1}')).toMatchObject({ reason: "expected a list 'log_history'" });
  });
});

describe('on any text, 100 000 each', () => {
  it.each(Object.entries(parserLaws))('%s', (_, law) => law(100_000));

  it.each([
    ['spaces', `iteration${' '.repeat(500_000)}`],
    ['digits', `iteration ${'9'.repeat(500_000)}`],
    ['words', 'step '.repeat(200_000)],
    ['marks', `step 5${':'.repeat(500_000)}`],
    ['quotes', '"'.repeat(500_001)],
    ['bars', `iteration 5/ 10 |${' a: 1 |'.repeat(100_000)}`],
    ['braces', '{"a":'.repeat(150_000)],
    ['escapes', `{"${'\\"'.repeat(300_000)}`],
    ['minus', `{${'-'.repeat(500_000)}`],
    ['commas', ','.repeat(500_000)],
  ])('takes no time over half a megabyte of %s', (_, line) => {
    const csv = csvParser();
    csv('a,b');
    const begun = performance.now();
    for (const parse of [parseJsonLine, parseMegatronLine, parseNanoGptLine, parsePythonDict, csv, csvParser()])
      isSound(parse(line));
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
