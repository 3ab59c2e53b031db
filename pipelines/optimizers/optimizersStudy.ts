import { pearson } from '../../src/statistics/pearson.ts';
import { spearman } from '../../src/statistics/spearman.ts';
import type { PartNumbers } from '../study/partNumbers.ts';
import type { Study } from '../study/study.ts';

/** Claim: whatever the optimizer, the better the AGOP is aligned, the lower the test loss. No claim of a best one. */
export const optimizersStudy: Study = {
  name: 'optimizers',
  description: 'Optimizers: the AGOP alignment that they reach goes with the test loss',
  source: 'Zhu et al. 2024 (arXiv 2306.04815), section 4',
  parts: [
    {
      title: 'r2, d = 20, n = 200, two layers of width 256, batches of 10; c in units of n / lambda_max(K_0)',
      pipeline: 'optimizersPipeline',
      variants: [
        { label: 'Adam .05', parameters: { optimizer: 'adam', learningRate: 0.05 } },
        { label: 'momentum .9, c = .15', parameters: { optimizer: 'momentum', factor: 0.15 } },
        { label: 'RMSprop .01', parameters: { optimizer: 'rmsprop', learningRate: 0.01 } },
        { label: 'SGD, c = .7', parameters: { optimizer: 'sgd', factor: 0.7 } },
        { label: 'momentum .9, c = .07', parameters: { optimizer: 'momentum', factor: 0.07 } },
        { label: 'SGD, c = .1', parameters: { optimizer: 'sgd', factor: 0.1 } },
        { label: 'Adagrad .1', parameters: { optimizer: 'adagrad', learningRate: 0.1 } },
        { label: 'Adadelta 1', parameters: { optimizer: 'adadelta', learningRate: 1 } },
        { label: 'Adam .01', parameters: { optimizer: 'adam', learningRate: 0.01 } },
      ],
      columns: [
        { header: 'test loss', path: 'testLoss', unit: 'loss' },
        { header: 'AGOP', path: 'alignment', unit: 'cosine' },
        { header: 'train loss', path: 'trainLoss', unit: 'loss' },
        { header: 'spikes', path: 'spikes', unit: 'spikes' },
        { header: 'steps', path: 'steps', unit: 'steps' },
      ],
      claims: [
        {
          text: 'the test loss falls as the AGOP alignment rises, over all runs',
          checks: [correlation('Pearson', pearson), correlation('Spearman', spearman)],
        },
        {
          text: 'it is not only the seeds that differ: the same of the means of the optimizers',
          control: true,
          checks: [correlation('Pearson', pearson, true), correlation('Spearman', spearman, true)],
        },
      ],
    },
  ],
};

function correlation(name: string, coefficient: typeof pearson, ofMeans = false) {
  return {
    kind: 'value',
    text: `${name}'s coefficient of AGOP alignment and test loss${ofMeans ? ', of the means' : ''}`,
    expected: 'below -0.8',
    of: (numbers: PartNumbers) => {
      const points = ofMeans ? means(numbers) : numbers.together(['alignment', 'testLoss']);
      return coefficient(
        points.map(([alignment]) => alignment!),
        points.map(([, testLoss]) => testLoss!),
      );
    },
    holds: (value: number) => value < -0.8,
  } as const;
}

function means(numbers: PartNumbers): number[][] {
  return optimizersStudy.parts[0]!.variants.map(({ label }) => [
    numbers.mean('alignment', label),
    numbers.mean('testLoss', label),
  ]);
}
