import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { config, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clockTime, shortNumber } from '../../sinks/terminal/shortNumber.ts';
import { type TerminalOptions, toTerminal } from '../../sinks/terminal/toTerminal.ts';
import type { Column, ColumnDescription, ColumnGroup } from '../../src/columns.ts';
import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';

class Recorder {
  readonly written: string[] = [];
  isTTY: boolean | undefined;
  columns: number | undefined;

  constructor(isTTY: boolean, columns?: number) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.written.push(text);
  }

  get text(): string {
    return this.written.join('');
  }

  /** What a reader sees at the end: each line as it was last drawn. */
  get screen(): string[] {
    return this.text.split('\n').map((line) => stripVTControlCharacters(line.split('\r').at(-1)!));
  }
}

const number = (name: string, nullable = false): Column => ({
  name,
  type: 'float64',
  unit: '1',
  meaning: 'a number',
  nullable,
});
const group = (name: string, ...members: ColumnDescription[]): ColumnGroup => ({
  name,
  meaning: 'a group',
  columns: members,
});
const events = (name: string): ColumnGroup => ({
  ...group(name, { ...number('verdict'), type: 'utf8' }),
  role: 'event',
});

const spike = {
  kind: 'spike',
  state: 'closed',
  begin: 12,
  confirmedAt: 20,
  verdict: 'catapult',
  ratio: 4.1999999,
  evidence: '93 % of the rise lay in the top eigenspace',
};

interface Show extends TerminalOptions {
  readonly columns?: readonly ColumnDescription[];
  readonly metadata?: { readonly steps: number };
  readonly name?: string;
}

/** A terminal sink with a clock that the test turns. */
function show(
  stream: Recorder,
  { columns = [number('step'), number('loss')], metadata = { steps: 1000 }, ...more }: Show = {},
) {
  let now = 5000;
  const source = new Subject<Row>();
  const run = new Run(more.name ?? 'small', columns, metadata);
  const passed: Row[] = [];
  const options = more.every === undefined ? {} : { every: more.every };
  source.pipe(toTerminal({ stream, clock: () => now, ...options })).subscribe({
    next: (row) => passed.push(row),
    error: () => {},
  });
  return {
    source,
    passed,
    send(step: number, fields: object = {}, after = 10) {
      now += after;
      const row = { step, loss: 0.5, run, ...fields };
      source.next(row);
      return row;
    },
  };
}

const control = /\p{Cc}/u;
let noColour: string | undefined;
let term: string | undefined;

beforeEach(() => {
  noColour = process.env.NO_COLOR;
  term = process.env.TERM;
  delete process.env.NO_COLOR;
  process.env.TERM = 'xterm';
});

afterEach(() => {
  for (const [name, value] of Object.entries({ NO_COLOR: noColour, TERM: term })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  config.onUnhandledError = null;
});

describe('toTerminal on a terminal', () => {
  it('draws one line over and over, and leaves one that says how it ended', () => {
    const stream = new Recorder(true, 100);
    const { source, send, passed } = show(stream);
    const first = send(0);
    for (let step = 1; step < 500; step++) send(step, { loss: 1 / step });
    expect(passed[0]).toBe(first);
    expect(stream.screen).toHaveLength(1);
    expect(stream.screen[0]).toMatch(/^small ━+─+ 490\/1000 {2}49% {2}loss 0\.002041 {2}100\/s {2}0:06 left$/);
    source.complete();
    expect(stream.screen).toEqual(['small: 499 steps  loss 0.002004  100/s  done in 5.0 s', '']);
  });

  it('draws at most ten times a second', () => {
    const stream = new Recorder(true);
    const { send } = show(stream);
    for (let step = 0; step < 1000; step++) send(step, {}, 1);
    expect(stream.written.length).toBeGreaterThan(5);
    expect(stream.written.length).toBeLessThanOrEqual(10);
    expect(() => toTerminal({ every: 50 })).toThrow(RangeError);
  });

  it('never draws a line wider than the terminal', () => {
    const values = group('evaluation', number('testLoss', true));
    const alignment = group('agopAlignment', number('alignment', true));
    const columns = [number('step'), number('loss'), values, alignment, events('spikes')];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double(),
        fc.nat(1e7),
        fc.boolean(),
        (width, loss, step, known) => {
          const stream = new Recorder(true, width);
          const { send } = show(stream, { columns, metadata: known ? { steps: 12_345 } : ({} as { steps: number }) });
          send(0);
          send(step, { loss, evaluation: { testLoss: loss }, agopAlignment: { alignment: 0.5 }, spikes: null }, 200);
          expect(stream.screen).toHaveLength(1);
          expect(stream.screen[0]!.length).toBeGreaterThan(0);
          expect(stream.screen[0]!.length).toBeLessThanOrEqual(Math.max(1, width - 1));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('prints a line for good for each closed event, and goes on below it', () => {
    const stream = new Recorder(true, 120);
    const { send } = show(stream, { columns: [number('step'), number('loss'), events('spikes')] });
    send(19, { spikes: { ...spike, state: 'open', verdict: 'undecided' } }, 200);
    send(20, { spikes: spike }, 200);
    send(21, { spikes: { ...spike, begin: 15, verdict: 'level shift', ratio: 2, evidence: '' } }, 200);
    expect(stream.screen).toEqual([
      'step 12  catapult  ×4.2  93 % of the rise lay in the top eigenspace',
      'step 15  level shift  ×2',
      expect.stringMatching(/21\/1000 {2}2% {2}loss 0\.5 .*1 catapult {2}1 other$/),
    ]);
  });

  it('tells a change of generalisation when it begins and when it has settled, by the step at which that was known', () => {
    const stream = new Recorder(true, 120);
    const { send } = show(stream, { columns: [number('step'), number('loss'), events('phaseTransitions')] });
    const change = { kind: 'transition', begin: 5, direction: 'up' };
    const report = (fields: object) => ({ phaseTransitions: { ...change, ...fields } });
    send(19, report({ state: 'open', class: 'none', confirmedAt: 19, evidence: 'Generalisation is changing.' }), 200);
    send(40, report({ state: 'closed', class: 'grokking', confirmedAt: 40, evidence: 'From .5 to 1.' }), 200);
    send(60, report({ begin: 50, state: 'closed', class: 'none', confirmedAt: 60, evidence: 'Taken back.' }), 200);
    expect(stream.screen.slice(0, 3)).toEqual([
      'step 19  transition  Generalisation is changing.',
      'step 40  grokking  From .5 to 1.',
      'step 60  transition  Taken back.',
    ]);
  });

  it('hides no cursor, and writes nothing that a terminal must be restored from', () => {
    const stream = new Recorder(true, 80);
    const { source, send } = show(stream);
    for (let step = 0; step < 29; step++) send(step, {}, 50);
    source.error(new Error('out of memory'));
    expect(stream.screen.at(-2)).toContain('ended by an error in 1.4 s');
    // Colours, carriage returns and "clear this line" only.
    const sequences = stream.text.replaceAll('\r\x1b[2K', '').split('\x1b[').slice(1);
    expect(sequences.filter((sequence) => !/^\d+m/.test(sequence))).toEqual([]);
  });

  it('colours unless NO_COLOR is set, and a NaN loss in red', () => {
    const coloured = new Recorder(true, 80);
    show(coloured).send(0, { loss: NaN });
    expect(coloured.text).toContain('loss \x1b[31mNaN\x1b[39m');
    process.env.NO_COLOR = '1';
    const plain = new Recorder(true, 80);
    show(plain).send(0, { loss: NaN });
    expect(plain.text).toContain('loss NaN');
    expect(plain.text).not.toContain('\x1b[3');
  });

  it('counts steps when the run does not say how many there will be', () => {
    const stream = new Recorder(true, 80);
    show(stream, { metadata: {} as { steps: number } }).send(41);
    expect(stream.screen[0]).toMatch(/^small . 41 steps {2}loss 0\.5$/);
  });
});

describe('toTerminal without a terminal', () => {
  it('writes a plain line every few seconds and for each event, without control characters', () => {
    for (const stream of [new Recorder(false), new Recorder(true)]) {
      if (stream.isTTY) process.env.TERM = 'dumb';
      const { source, send } = show(stream, { columns: [number('step'), number('loss'), events('spikes')] });
      for (let step = 0; step < 13; step++) send(step, { spikes: step === 7 ? spike : null }, 1000);
      source.complete();
      expect(stream.text.replaceAll('\n', '')).not.toMatch(control);
      expect(stream.screen).toEqual([
        'small: 5/1000  0%  loss 0.5  1/s  16:35 left  0 catapults',
        'step 12  catapult  ×4.2  93 % of the rise lay in the top eigenspace',
        'small: 10/1000  1%  loss 0.5  1/s  16:30 left  1 catapult',
        'small: 12 steps  loss 0.5  1/s  1 catapult  done in 12.0 s',
        '',
      ]);
    }
  });

  it('lets no control character through from names and evidence', () => {
    const stream = new Recorder(false);
    const { send } = show(stream, {
      columns: [number('step'), events('spikes')],
      name: 'evil\x1b[2J\nname',
      every: 100,
    });
    send(0, { spikes: null });
    send(1, { spikes: { ...spike, evidence: 'a\r\x1b]0;title\x07b\nc' } }, 200);
    expect(stream.written).toHaveLength(2);
    expect(stream.text.replaceAll('\n', '')).not.toMatch(control);
    expect(stream.screen[0]).toContain('a ]0;title b c');
  });

  it('shows the conventional columns that the run has, each with its last value', () => {
    const stream = new Recorder(false);
    const columns = [
      number('step'),
      number('loss'),
      group('evaluation', number('testLoss', true)),
      group('tangentKernel', number('learningRateRatio', true)),
      group('agopAlignment', number('alignment', true)),
    ];
    const { send } = show(stream, { columns });
    const skipped = { evaluation: { testLoss: null }, tangentKernel: { learningRateRatio: null } };
    send(0, {
      evaluation: { testLoss: 0.25 },
      tangentKernel: { learningRateRatio: 1.125 },
      agopAlignment: { alignment: 0.7 },
    });
    send(1, { ...skipped, loss: -Infinity, agopAlignment: { alignment: null } }, 6000);
    expect(stream.screen[0]).toContain('loss -Infinity');
    expect(stream.screen[0]).toContain('test 0.25  lr/critical 1.125  alignment 0.7');
  });

  it('says how far a change of generalisation is, with the accuracies, and nothing of catapults that none looks for', () => {
    const stream = new Recorder(false);
    const columns = [
      number('step'),
      number('loss'),
      group('evaluation', number('trainAccuracy', true), number('testAccuracy', true)),
      group('flow', number('scaledTime')),
      group('phaseTransitions', number('memorised', true), events('event')),
    ];
    const { source, send } = show(stream, { columns });
    const transition = { kind: 'transition', begin: 3, class: 'none' };
    const seen = (memorised: number | null, open: boolean, event: object | null = null) => ({
      evaluation: { trainAccuracy: 1, testAccuracy: 0.5 },
      flow: { scaledTime: 0.25 },
      phaseTransitions: { memorised, open, event },
    });
    const closing = { ...transition, state: 'closed', confirmedAt: 8 };
    send(0, seen(null, false));
    send(1, seen(null, false), 6000);
    send(2, seen(20, false), 6000);
    send(5, seen(20, true, { ...transition, state: 'open', confirmedAt: 5 }), 6000);
    send(6, seen(20, false, { ...closing, confirmedAt: 6 }), 6000);
    send(7, seen(20, true), 6000);
    send(8, seen(20, false, { ...closing, class: 'grokking' }), 6000);
    send(9, seen(20, false), 6000);
    source.complete();
    const states = stream.screen.map((line) => /train acc 1 {2}test acc 0\.5 {2}wd tau 0\.25 {2}(.*)$/.exec(line)?.[1]);
    expect(states.filter((state) => state !== undefined)).toEqual([
      'not memorised',
      'memorised',
      'changing',
      'memorised',
      'changing',
      'grokking',
      'grokking',
      'grokking  done in 42.0 s',
    ]);
    expect(stream.screen.filter((line) => line.startsWith('step '))).toEqual([
      'step 5  transition',
      'step 6  transition',
      'step 8  grokking',
    ]);
  });

  it('believes the catapults group rather than the spikes group, and no event twice', () => {
    const spikes = { ...spike, verdict: 'spike' };
    for (const [names, row, expected] of [
      [['spikes', 'catapults'], { spikes, catapults: spike }, ['step 12  catapult']],
      [['spikes'], { spikes }, ['step 12  spike']],
      [['loose', 'strict'], { loose: spikes, strict: spike }, ['step 12  spike']],
    ] as const) {
      const stream = new Recorder(false);
      const { send } = show(stream, { columns: [number('step'), ...names.map(events)] });
      send(20, row);
      expect(stream.written.map((line) => line.split('  ×')[0])).toEqual(expected);
    }
  });

  it('tells of a divergence at once, as it may never close', () => {
    const stream = new Recorder(false);
    const { send } = show(stream, { columns: [number('step'), group('spikes', events('event'))] });
    send(20, { spikes: { event: { ...spike, state: 'open', verdict: 'divergence' } } });
    expect(stream.text).toContain('step 12  divergence');
  });

  it('is silent about a run without a row', () => {
    const stream = new Recorder(false);
    show(stream).source.complete();
    expect(stream.written).toEqual([]);
  });
});

describe('the numbers of the line', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [0.012345678, '0.01235'],
    [99_999.9, '100000'],
    [123_456, '1.23e+5'],
    [1.5e-7, '1.50e-7'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ])('%d is %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });

  it.each([
    [0, '0:00'],
    [8.2, '0:09'],
    [725, '12:05'],
    [3600, '1:00:00'],
    [183_600, '2 d 3:00:00'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(clockTime(seconds)).toBe(text);
  });
});
