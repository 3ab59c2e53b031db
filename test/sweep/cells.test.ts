import { describe, expect, it } from 'vitest';
import { cellStatistics, compareCells } from '../../src/sweep/cellStatistics.ts';
import {
  comparisonTable,
  gridCells,
  type Parameters,
  type VariantResult,
  variantsTable,
} from '../../src/sweep/index.ts';
import { plainResult } from '../../src/sweep/plainResult.ts';
import { resultNumbers } from '../../src/sweep/resultNumbers.ts';
import { variantRuns } from '../../src/sweep/variants.ts';
import { shownPaths } from '../../src/sweep/variantsTable.ts';

/** Results of a grid, made up: a run whose value is undefined has failed. */
function results(
  cells: readonly Parameters[],
  seeds: readonly number[],
  value: (cell: Parameters, seed: number) => object | undefined,
): VariantResult[] {
  return variantRuns({ module: 'made-up', cells, seeds }).map((run, i) => {
    const result = value(run.parameters, run.seed!) as Parameters | undefined;
    const common = { run: i, job: run.job, seconds: 1 };
    return {
      ...run,
      reused: false,
      outcome:
        result === undefined ? { ...common, state: 'failed', error: 'x' } : { ...common, state: 'finished', result },
    };
  });
}

describe('variants', () => {
  it('are every choice of one value of each, the last changing fastest', () => {
    expect(gridCells({ a: [1, 2], b: ['x', 'y'] })).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
    ]);
    expect(gridCells({})).toEqual([{}]);
    expect(gridCells({ a: [1], b: [] })).toEqual([]);
  });

  it('are run cell by cell, seed by seed, with the parameters in common', () => {
    const runs = variantRuns({
      module: 'm',
      parameters: { steps: 9 },
      cells: [{ lr: 0.1 }, { lr: 0.2 }],
      seeds: [4, 5],
    });
    expect(runs.map(({ job }) => [job.name, job.parameters])).toEqual([
      ['lr=0.1 seed=4', { steps: 9, lr: 0.1, seed: 4 }],
      ['lr=0.1 seed=5', { steps: 9, lr: 0.1, seed: 5 }],
      ['lr=0.2 seed=4', { steps: 9, lr: 0.2, seed: 4 }],
      ['lr=0.2 seed=5', { steps: 9, lr: 0.2, seed: 5 }],
    ]);
    expect(variantRuns({ module: 'm', parameters: { seed: 3 }, cells: [{}] })[0]!.job.parameters).toEqual({ seed: 3 });
    expect(() => variantRuns({ module: 'm', cells: [{ lr: 1 }, { lr: 1 }] })).toThrow(/lr=1 is there twice/);
    expect(() => variantRuns({ module: 'm', cells: [{}], seeds: [] })).toThrow(/no runs/);
  });
});

describe('numbers of a result', () => {
  it('are found in its groups, also those that JSON has not', () => {
    const result = plainResult({
      loss: Number.NaN,
      test: { after: 1, rate: -1 / 0 },
      name: 'NaN?',
      list: [1],
      flag: true,
    });
    expect(result).toEqual({ loss: 'NaN', test: { after: 1, rate: '-Infinity' }, name: 'NaN?', list: [1], flag: true });
    expect([...resultNumbers(JSON.parse(JSON.stringify(result)))]).toEqual([
      ['loss', Number.NaN],
      ['test.after', 1],
      ['test.rate', Number.NEGATIVE_INFINITY],
    ]);
  });
});

describe('cells', () => {
  const cells = gridCells({ method: ['sgd', 'sam'], lr: [0.1, 0.2] });
  const made = results(cells, [0, 1, 2], ({ method, lr }, seed) =>
    method === 'sam' && lr === 0.2 && seed === 1
      ? undefined
      : {
          test: { loss: seed + (method === 'sam' ? -0.5 - seed / 10 : 0) + Number(lr) },
          ...(seed === 0 ? { t50: 7 } : {}),
        },
  );

  it('have a mean and a deviation over the runs that finished', () => {
    const [sgd, , , sam] = cellStatistics(made);
    expect(sgd).toMatchObject({ parameters: { method: 'sgd', lr: 0.1 }, runs: 3, finished: 3, failed: 0 });
    expect(sgd!.numbers.get('test.loss')).toEqual({ count: 3, mean: 1.1, standardDeviation: 1 });
    expect(sgd!.numbers.get('t50')).toEqual({ count: 1, mean: 7, standardDeviation: Number.NaN });
    expect(sam).toMatchObject({ runs: 3, finished: 2, failed: 1 });
    expect(sam!.numbers.get('test.loss')!.count).toBe(2);
  });

  it('are compared in pairs of one seed with what differs in the baseline alone', () => {
    const comparisons = compareCells(made, { method: 'sgd' });
    expect(comparisons.map(({ parameters, baseline }) => [parameters, baseline])).toEqual([
      [
        { method: 'sam', lr: 0.1 },
        { method: 'sgd', lr: 0.1 },
      ],
      [
        { method: 'sam', lr: 0.2 },
        { method: 'sgd', lr: 0.2 },
      ],
    ]);
    // Differences -.5, -.6 and -.7.
    const whole = comparisons[0]!.numbers.get('test.loss')!;
    expect(whole).toMatchObject({ pairs: 3, lower: 3, higher: 0, equal: 0 });
    expect(whole.mean).toBeCloseTo(-0.6, 12);
    expect(whole.standardError).toBeCloseTo(0.1 / Math.sqrt(3), 12);
    expect(comparisons[1]!.numbers.get('test.loss')).toMatchObject({ pairs: 2, lower: 2 });
    expect(() => compareCells(made, { method: 'adam' })).toThrow(/no variant has \{"method":"adam"\}/);
  });

  it('make tables', () => {
    expect(variantsTable(cellStatistics(made)).split('\n')).toEqual([
      'method  lr   runs    test.loss   t50',
      'sgd     0.1  3       1.1 ±1      7 (1)',
      'sgd     0.2  3       1.2 ±1      7 (1)',
      'sam     0.1  3       0.5 ±0.9    7 (1)',
      'sam     0.2  2 of 3  0.6 ±1.273  7 (1)',
    ]);
    expect(comparisonTable(compareCells(made, { method: 'sgd' }), { show: ['loss'] }).split('\n')).toEqual([
      'method  lr   minus       test.loss',
      'sam     0.1  method=sgd  -0.6 ±0.05774 3/3 lower',
      'sam     0.2  method=sgd  -0.6 ±0.1 2/2 lower',
    ]);
  });

  it('show what fits, unless it was asked for', () => {
    const wide = results([{}], [0], () => Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`number${i}`, i])));
    const text = variantsTable(cellStatistics(wide), { width: 60 });
    expect(text.split('\n')[0]!.length).toBeLessThanOrEqual(60);
    expect(text).toMatch(/not shown: number\d+,.*number29$/);
    const asked = variantsTable(cellStatistics(wide), { width: 20, show: ['number29', 'number3', 'number4'] });
    expect(asked.split('\n')[0]).toBe('runs  number29  number3  number4');
    expect(asked).not.toMatch('not shown');
    const paths = [
      {
        numbers: new Map([
          ['testLoss.before', 0],
          ['testLoss.after', 0],
          ['agopAlignment', 0],
          ['after', 0],
        ]),
      },
    ];
    expect(shownPaths(paths, ['agop', 'after'])).toEqual(['agopAlignment', 'after']);
    expect(shownPaths(paths, ['before', 'test.loss'])).toEqual(['testLoss.before', 'testLoss.after']);
    expect(shownPaths(paths, ['x', '', '.'])).toEqual([]);
  });
});
