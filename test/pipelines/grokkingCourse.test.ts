import { describe, expect, it } from 'vitest';
import { grokkingCourse } from '../../pipelines/grokking/grokkingCourse.ts';

const step = (from: number, to: number, at: number) =>
  Array.from({ length: 41 }, (_, k) => {
    const time = 10 ** (k / 10);
    return { time, value: time < at ? from : to };
  });

describe('the course of a run', () => {
  it('lies over the logarithm of time: what happens half-way in that is half-way along', () => {
    const course = grokkingCourse([{ time: 0, value: 9 }, ...step(0.5, 1, 100)], [], 8)!;
    expect(course).toEqual({ bars: '▁▁▁▁████', marks: '', from: 1, to: 10 ** 4 });
  });

  it('marks what happened when, at the ends too, and nothing that did not happen', () => {
    const marks = [
      { sign: 'm', time: 1 },
      { sign: '|', time: 100 },
      { sign: 'k', time: 10 ** 4 },
      { sign: 'x', time: null },
    ];
    expect(grokkingCourse(step(1, 0, 100), marks, 8)!.marks).toBe('m   |  k');
  });

  it('a cell without an evaluation has the last one; without two times there is nothing to draw', () => {
    const points = [
      { time: 1, value: 0 },
      { time: 10 ** 4, value: 1 },
    ];
    expect(grokkingCourse(points, [], 4)!.bars).toBe('▁▁▁█');
    expect(grokkingCourse([{ time: 0, value: 1 }], [])).toBeUndefined();
    expect(grokkingCourse([{ time: 3, value: 1 }], [])).toBeUndefined();
  });
});
