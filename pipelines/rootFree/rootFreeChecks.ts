import type { PartNumbers } from '../study/partNumbers.ts';
import type { ValueCheck } from '../study/study.ts';

/** Where the runs of these studies come from. */
export const source = 'Lin et al. 2024 (arXiv 2402.03496)';

/** A number of every run is at most so large. */
export function most(path: string, label: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `${label}: largest ${path} of any run`,
    expected: `at most ${bound}`,
    of: (numbers) => Math.max(...ofEveryRun(numbers, path, label, Number.NaN)),
    holds: (value) => value <= bound,
  };
}

/** A number of every run is at least so large. */
export function least(path: string, label: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `${label}: least ${path} of any run`,
    expected: `at least ${bound}`,
    of: (numbers) => Math.min(...ofEveryRun(numbers, path, label, Number.NaN)),
    holds: (value) => value >= bound,
  };
}

/** An error of every run is at least so large, or no number any more, which is beyond every bound. */
export function broken(path: string, label: string, bound: number): ValueCheck {
  return {
    ...least(path, label, bound),
    of: (numbers) => Math.min(...ofEveryRun(numbers, path, label, Number.POSITIVE_INFINITY)),
  };
}

/** A number of some run is larger than that, or no number any more. */
export function some(path: string, label: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `${label}: largest ${path} of any run`,
    expected: `above ${bound}`,
    of: (numbers) => Math.max(...ofEveryRun(numbers, path, label, Number.POSITIVE_INFINITY)),
    holds: (value) => value > bound,
  };
}

/** A number of each run that finished, or what stands in for those that have none; `[NaN]` where no run finished. */
function ofEveryRun(numbers: PartNumbers, path: string, label: string, missing: number): number[] {
  const values = numbers.values(path, label);
  const finished = numbers.finished(label);
  return finished === 0 ? [Number.NaN] : values.length < finished ? [...values, missing] : values;
}

/** The largest difference in training loss of two variants on one seed. */
export function nearTo(of: string, than: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `${of} beside ${than}: largest difference in training loss on any seed`,
    expected: `at most ${bound}`,
    of: (numbers) => {
      const [own, others] = [numbers.values('trainLoss', of), numbers.values('trainLoss', than)];
      if (own.length === 0 || own.length !== others.length) return Number.NaN;
      return Math.max(...own.map((value, seed) => Math.abs(value - others[seed]!)));
    },
    holds: (value) => value <= bound,
  };
}

/** The size of the mean difference in training loss of two variants. */
export function nearOnAverage(of: string, than: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `${of} beside ${than}: size of the mean difference in training loss`,
    expected: `at most ${bound}`,
    of: (numbers) => Math.abs(numbers.difference('trainLoss', of, than).pairs.mean),
    holds: (value) => value <= bound,
  };
}
