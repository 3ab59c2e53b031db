import { describe, expect, it } from 'vitest';
import { pipelines } from '../../pipelines/registry.ts';
import { type SweepText, sweepPlan } from '../../src/cli/sweepPlan.ts';
import { variantRuns } from '../../src/sweep/variants.ts';

const plan = (text: Partial<SweepText>) =>
  sweepPlan(pipelines.catapultsPipeline!, 'catapultsPipeline', { fixed: {}, grid: [], compare: [], ...text });

describe('the plan of a sweep', () => {
  it('is every cell of the grid with every seed, all with what is fixed', () => {
    const { variants, baseline } = plan({
      fixed: { size: 'small', stopAt: '0.05' },
      grid: ['catapults=0..1', 'test-samples=5,9'],
      seeds: '2',
      compare: ['testSamples=5'],
    });
    expect(variants).toEqual({
      module: 'onager/pipelines',
      export: 'catapultsPipeline',
      parameters: { size: 'small', stopAt: 0.05 },
      cells: [0, 1].flatMap((catapults) => [5, 9].map((testSamples) => ({ catapults, testSamples }))),
      seeds: [0, 1],
    });
    expect(baseline).toEqual({ testSamples: 5 });
    expect(variantRuns(variants)).toHaveLength(8);
  });

  it.each([
    ['3', [0, 1, 2]],
    ['3,7', [3, 7]],
    ['7..7', [7]],
    ['10..12', [10, 11, 12]],
    ['-1,1', [-1, 1]],
  ])('seeds %s', (seeds, expected) => {
    expect(plan({ seeds }).variants.seeds).toEqual(expected);
  });

  it('of nothing but fixed options is one run', () => {
    expect(variantRuns(plan({ fixed: { seed: '4' } }).variants).map(({ job }) => job.parameters)).toEqual([
      { seed: 4 },
    ]);
  });

  it.each<[Partial<SweepText>, RegExp]>([
    [{ grid: ['bogus=1'] }, /^--grid 'bogus': expected one of task, size, /],
    [{ grid: ['factor'] }, /^--grid factor: expected name=values/],
    [{ grid: ['factor=1,x'] }, /^--grid factor 'x': .*expected number/],
    [{ grid: ['factor=1,1'] }, /^--grid factor '1,1': 1 is there twice/],
    [{ grid: ['factor=1,1.0'] }, /there twice/],
    [{ grid: ['factor=logspace(0,1,3)'] }, /^--grid factor 'logspace\(0,1,3\)': expected logspace/],
    [{ grid: ['width=4,5'], fixed: { width: '4' } }, /^--grid width=4,5: width is given as --width already/],
    [{ grid: ['factor=1', 'factor=2'] }, /factor is in the grid already/],
    [{ fixed: { samples: 'many' } }, /^--samples 'many': .*expected number/],
    [{ fixed: { samples: '1' } }, /^--samples '1': Too small/],
    [{ seeds: '0' }, /^--seeds '0': expected how many/],
    [{ seeds: '1,b' }, /^--seeds '1,b': expected how many/],
    [{ seeds: '1.5' }, /^--seeds '1\.5': expected how many/],
    [{ seeds: '2', fixed: { seed: '1' } }, /^--seeds 2: seed is given otherwise/],
    [{ seeds: '2', grid: ['seed=1,2'] }, /^--seeds 2: seed is given otherwise/],
    [{ compare: ['factor=1'] }, /^--compare factor=1: expected an option in the grid/],
    [{ grid: ['factor=1,2'], compare: ['factor=3'] }, /^--compare factor=3: expected one of 1, 2, as in the grid/],
  ])('%j is refused before anything runs', (text, message) => {
    expect(() => plan(text)).toThrow(message);
  });
});
