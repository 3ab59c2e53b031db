import { describe, expect, it } from 'vitest';
import { addScores, matchEvents, median, precision, recall } from '../../src/testing/scoring.ts';
import { spikeSuite, transitionSuite } from '../../src/testing/standardSuite.ts';
import { table } from '../../src/testing/table.ts';

describe('scoring', () => {
  it('matches one to one, within the tolerance', () => {
    const planted = [
      { begin: 10, end: 20 },
      { begin: 100, end: 110 },
    ];
    const reported = [{ begin: 9 }, { begin: 12 }, { begin: 130 }];
    const { pairs, missed, falseAlarms } = matchEvents(planted, reported, 5);
    expect(pairs).toEqual([{ planted: planted[0], reported: reported[0] }]);
    expect(missed).toEqual([planted[1]]);
    expect(falseAlarms).toEqual([reported[1], reported[2]]);
    const score = addScores({ planted: 2, reported: 3, matched: 1 }, { planted: 0, reported: 1, matched: 0 });
    expect([precision(score), recall(score)]).toEqual([0.25, 0.5]);
    expect([median([3, 1, 2]), median([1, 2]), median([])]).toEqual([2, 1.5, Number.NaN]);
  });

  it('prints a table', () => {
    expect(
      table(
        ['name', 'P'],
        [
          ['a', 1],
          ['long name', 0.12345],
        ],
      ),
    ).toBe('name       P\na              1\nlong name  0.123');
  });
});

describe('the frozen suite', () => {
  // Fingerprints: the suite was written before the detectors were tuned, and stays as it is.
  it('has not changed', () => {
    const spikes = spikeSuite('tuning', 0.1, 20);
    const transitions = transitionSuite('tuning', 20);
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + Math.log(b + 1), 0);
    expect(spikes.reduce((a, { losses }) => a + sum(losses), 0).toFixed(3)).toMatchInlineSnapshot(`"17356.174"`);
    expect(transitions.reduce((a, { test }) => a + sum(test), 0).toFixed(3)).toMatchInlineSnapshot(`"1162.346"`);
  });
});
