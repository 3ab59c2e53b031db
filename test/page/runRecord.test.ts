import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AxisId } from '../../sinks/dashboard/page/axes.ts';
import { formatCount, formatNumber, formatSeconds, words } from '../../sinks/dashboard/page/format.ts';
import { eventsOf } from '../../sinks/dashboard/page/runEvent.ts';
import { RunRecord } from '../../sinks/dashboard/page/runRecord.ts';
import { Series } from '../../sinks/dashboard/page/series.ts';
import { smoothed } from '../../sinks/dashboard/page/smoothing.ts';
import { linearTicks, logTicks } from '../../sinks/dashboard/page/ticks.ts';
import type { Hello, WireValue } from '../../src/formats/webSocket/protocol.ts';

const hello: Hello = {
  type: 'hello',
  protocol: 'onager.json.v1',
  run: 'a',
  name: 'a',
  metadata: {},
  columns: [
    { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
    { name: 'loss', type: 'float64', unit: 'loss', meaning: '' },
  ],
  startedAt: 0,
  rows: 0,
  from: 0,
};

function take(record: RunRecord, columns: Record<string, WireValue[]>) {
  const count = columns.step!.length;
  record.takeRows({ from: record.rows, count, columns });
}

const pointsOf = (record: RunRecord, key: string, axis: AxisId = 'step') => {
  const { x, y, length } = record.points(key, record.series(key)!, record.axisOr(axis));
  return Array.from({ length }, (_, i) => [x[i], y[i]]);
};

describe('what the page knows of a run', () => {
  it('keeps null, NaN and the infinities apart', () => {
    const record = new RunRecord(hello);
    take(record, { step: [0, 1, 2, 3, 4], loss: [1, null, 'NaN', 'Infinity', '-Infinity'] });
    expect(pointsOf(record, 'loss')).toEqual([
      [0, 1],
      [2, Number.NaN],
      [3, Number.POSITIVE_INFINITY],
      [4, Number.NEGATIVE_INFINITY],
    ]);
  });

  it('counts rows once the steps go back, also those that were there before', () => {
    const record = new RunRecord(hello);
    take(record, { step: [0, 5, 10], loss: [1, null, 3] });
    expect(pointsOf(record, 'loss').map(([x]) => x)).toEqual([0, 10]);
    take(record, { step: [15, 5, 10], loss: [4, 5, 6] });
    expect(record.axis('step')).toBeUndefined();
    expect(record.axisOr('step')).toBe('row');
    expect(pointsOf(record, 'loss')).toEqual([
      [0, 1],
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 6],
    ]);
    expect(record.axis('row')!.extent).toEqual([0, 5]);
    expect(record.placeOfStep('row', 10)).toBe(5);
    take(record, { step: [15], loss: [7] });
    expect(record.series('loss')!.last).toBe(7);
  });

  it('has the extremes and the marks of rows that do not come one by one, at their steps', () => {
    const record = new RunRecord(hello);
    take(record, { step: [10], loss: [1] });
    const steps = { min: [10, 74], minRow: [0, 64], max: [73, 109], maxRow: [63, 99] };
    const loss = { min: [0.5, null], minRow: [40, null], max: [9, null], maxRow: [20, null], marks: [4, 1] };
    const about = { type: 'gap', run: 'a', from: 1, to: 100, first: 0, size: 64, reason: 'slow' } as const;
    record.takeGap({ ...about, columns: { step: steps, loss }, exact: { rows: [], columns: {} } });
    take(record, { step: [110], loss: [2] });
    expect(record.rows).toBe(101);
    expect(record.axis('step')!.extent).toEqual([10, 110]);
    expect(record.thinned).toBe(99);
    expect(pointsOf(record, 'loss')).toEqual([
      [10, 1],
      [11, Number.NEGATIVE_INFINITY],
      [30, 9],
      [50, 0.5],
      [74, Number.NaN],
      [110, 2],
    ]);
    record.takeGap({ ...about, columns: {}, exact: { rows: [], columns: {} } });
    expect(record.rows).toBe(101);
  });

  it('takes no row twice', () => {
    const record = new RunRecord(hello);
    take(record, { step: [0, 1], loss: [1, 2] });
    record.takeRows({ from: 1, count: 1, columns: { step: [1], loss: [2] } });
    expect(record.rows).toBe(2);
  });
});

describe('axes', () => {
  const timed: Hello = {
    ...hello,
    columns: [...hello.columns, { name: 'time', type: 'float64', unit: 'continuous time', meaning: '' }],
  };

  it('place rows by continuous time and by its logarithm, and the beginning before everything else', () => {
    const record = new RunRecord(timed);
    take(record, { step: [0, 1], loss: [5, null], time: [0, 0] });
    take(record, { step: [2, 3, 4], loss: [4, 3, 2], time: [0.1, 1, 10] });
    expect(pointsOf(record, 'loss', 'time')).toEqual([
      [0, 5],
      [0.1, 4],
      [1, 3],
      [10, 2],
    ]);
    const [first, ...others] = pointsOf(record, 'loss', 'logTime').map(([x]) => x!);
    expect(first).toBe(-1.25);
    expect(others).toEqual([-1, 0, 1]);
    expect(record.placeOfTime('logTime', 100)).toBe(2);
    expect(record.placeOfTime('step', 0.5)).toBe(3);
    expect(record.axisOr('seconds')).toBe('step');
  });

  it('are not there where the run went back on them', () => {
    const record = new RunRecord(timed);
    take(record, { step: [0, 1, 2], loss: [1, 2, 3], time: [0, 2, 1] });
    expect(record.axis('time')).toBeUndefined();
    expect(record.axisOr('time')).toBe('step');
  });
});

describe('events', () => {
  const source = { stepOfRow: (row: number) => 10 * row };

  it('prefer the report of the detector of catapults, in whatever order they come', () => {
    const plain = { group: 'spikes', begin: 3, event: { begin: 3, verdict: 'spike' } };
    const told = {
      group: 'run.catapults',
      begin: 3,
      event: { begin: 3, verdict: 'catapult', ratio: 'Infinity', topShare: null, confidence: 0.7 },
    };
    for (const reports of [
      [plain, told],
      [told, plain],
    ]) {
      expect(eventsOf(reports, source)).toMatchObject([
        { what: 'catapult', ratio: Number.POSITIVE_INFINITY, topShare: undefined, peakStep: 3, confidence: 0.7 },
      ]);
    }
    const later = { group: 'spikes', begin: 9, event: { begin: 9 } };
    expect(eventsOf([plain, later], source).map(({ begin }) => begin)).toEqual([9, 3]);
  });

  it('are changes of generalisation and actions as well, beside a rise at the same step', () => {
    const transition = {
      kind: 'transition',
      class: 'grokking',
      begin: 3,
      t10: 1,
      t50: 2,
      t90: null,
      before: 0.1,
      after: 1,
    };
    const action = { kind: 'control', action: { type: 'setLearningRate', value: 0.5 }, accepted: true, row: 4 };
    const events = eventsOf(
      [
        { group: 'spikes', begin: 3, event: { kind: 'spike', begin: 3, verdict: 'spike' } },
        { group: 'phaseTransitions.event', begin: 3, event: transition },
        { group: 'control', begin: 0, event: action },
        { group: 'control.refused', begin: 0, event: { ...action, accepted: false, reason: 'no' } },
      ],
      source,
    );
    expect(events.map(({ kind, what, begin }) => [kind, what, begin])).toEqual([
      ['control', 'refused', 40],
      ['control', 'rate set', 40],
      ['transition', 'grokking', 3],
      ['spike', 'spike', 3],
    ]);
    expect(events[1]!.size).toBe('0.5');
    expect(events[2]).toMatchObject({ size: '0.1 → 1', transition: { t10: 1, t50: 2, t90: undefined } });
  });
});

describe('smoothing', () => {
  it('follows a step at its half-life, skips what is no number, and goes on where it was', () => {
    const raw = new Series();
    for (let row = 0; row < 1000; row++) raw.push(row, row < 500 ? 1 : row === 700 ? Number.NaN : 100);
    const half = smoothed(raw, 20, true);
    expect(half.length).toBe(999);
    expect(half.y[499]).toBeCloseTo(1, 9);
    // Twenty values after the step it counts half, in logarithms.
    expect(half.y[519]).toBeCloseTo(10, 1);
    expect(half.last).toBeCloseTo(100, 3);
    raw.push(1000, 1e6);
    expect(smoothed(raw, 20, true).length).toBe(1000);
    expect(smoothed(raw, 5, false).y[504]).toBeCloseTo(50.5, 0);
  });
});

describe('ticks', () => {
  it('lie in the range, ascend, and are neither many nor none', () => {
    const range = fc
      .tuple(fc.double({ min: 1e-250, max: 1e250, noNaN: true }), fc.double({ min: 1.01, max: 1e40, noNaN: true }))
      .map(([min, factor]) => [min, min * factor] as const);
    const fitting = { wrong: [], some: true, few: true };
    fc.assert(
      fc.property(range, fc.integer({ min: 2, max: 12 }), ([min, max], count) => {
        for (const ticks of [linearTicks(min, max, count), logTicks(min, max, count)]) {
          // One expectation for all ticks: one for each costs a hundred times what the ticks do.
          const wrong = ticks.filter(
            (tick, i) =>
              !(tick >= min * 0.99 - (max - min) * 1e-6 && tick <= max * 1.01 && (i === 0 || tick > ticks[i - 1]!)),
          );
          expect({ wrong, some: ticks.length > 0, few: ticks.length <= 4 * count + 4 }).toEqual(fitting);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('end also where numbers are too large to count', () => {
    expect(linearTicks(1e17, 1e17 + 64, 6).length).toBeLessThan(30);
  });

  it('are round', () => {
    expect(linearTicks(0, 560, 5)).toEqual([0, 200, 400]);
    expect(linearTicks(-1, 1, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(logTicks(0.02, 300, 6)).toEqual([0.1, 1, 10, 100]);
    expect(logTicks(0.09, 3, 6)).toEqual([0.1, 0.2, 0.5, 1, 2]);
  });
});

describe('numbers for a person', () => {
  it.each([
    [0, '0'],
    [0.123456, '0.1235'],
    [-3.5, '−3.5'],
    [19_343, '19\u202f343'],
    [1e-7, '10⁻⁷'],
    [-2.5e12, '−2.5×10¹²'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('%f is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('tells counts, times and names', () => {
    expect(formatCount(1_234_567)).toBe('1\u202f234\u202f567');
    expect([8.44, 187, 7509].map(formatSeconds)).toEqual(['8.4 s', '3:07', '2:05:09']);
    expect(words('criticalLearningRate')).toBe('critical learning rate');
  });
});
