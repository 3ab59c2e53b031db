import type { PartNumbers } from '../study/partNumbers.ts';
import { higher, lower, type Study, type StudyColumn, type ValueCheck } from '../study/study.ts';

const columns: readonly StudyColumn[] = [
  { header: 'test accuracy', path: 'testPercent', unit: '%' },
  { header: 'on the training set', path: 'trainPercent', unit: '%' },
  { header: 'test loss', path: 'testLoss', unit: 'loss' },
];

/** Claim: what helps in SAM's perturbation is the batch's own noise; its part along the full gradient does harm. */
export const friendlySamDecompositionStudy: Study = {
  name: 'friendly-sam-decomposition',
  description: "Friendly SAM: which part of SAM's perturbation helps",
  source: 'Li et al. 2024 (arXiv 2403.12350)',
  parts: [
    {
      title: 'MNIST, 1000 images, 20 % wrong classes; a hidden layer of 128, batches of 64, 40 epochs, rho .3',
      pipeline: 'friendlySamPipeline',
      parameters: { setting: 'decomposition' },
      variants: [
        { label: 'SGD', parameters: { method: 'sgd' }, control: true },
        { label: 'SAM', parameters: { method: 'sam' } },
        { label: 'full gradient only', parameters: { method: 'full-gradient' } },
        { label: 'noise only', parameters: { method: 'noise' } },
        { label: 'SAM, perturbation of 256', parameters: { method: 'sam', perturbationBatch: 256 } },
        {
          label: 'SAM, perturbation of 256 others',
          parameters: { method: 'sam', perturbationBatch: 256, othersOnly: true },
        },
        { label: 'SAM, perturbation of 1000', parameters: { method: 'sam', perturbationBatch: 1000 } },
      ],
      columns,
      claims: [
        {
          text: 'the noise of the batch helps more than the full gradient',
          checks: [higher('testPercent', 'noise only', 'full gradient only')],
        },
        { text: 'the noise alone is better than SGD', checks: [higher('testPercent', 'noise only', 'SGD')] },
        {
          text: 'the larger the batch of the perturbation, the worse is SAM',
          checks: [
            lower('testPercent', 'SAM, perturbation of 256', 'SAM'),
            lower('testPercent', 'SAM, perturbation of 1000', 'SAM, perturbation of 256'),
          ],
        },
        {
          text: 'a perturbation by 256 other images is worse than one by the 64 of the batch itself',
          checks: [lower('testPercent', 'SAM, perturbation of 256 others', 'SAM')],
        },
        {
          text: 'the full gradient alone is worse than SGD',
          control: true,
          checks: [lower('testPercent', 'full gradient only', 'SGD')],
        },
        {
          text: 'the noise alone is better than all of SAM',
          control: true,
          checks: [higher('testPercent', 'noise only', 'SAM')],
        },
      ],
    },
    {
      title: 'The same with two convolutions and 20 epochs; rho .3 and .4',
      pipeline: 'friendlySamPipeline',
      parameters: { setting: 'decomposition', model: 'cnn', epochs: 20 },
      variants: [
        { label: 'SGD', parameters: { method: 'sgd' }, control: true },
        { label: 'full gradient only', parameters: { method: 'full-gradient' } },
        { label: 'noise only', parameters: { method: 'noise' } },
        { label: 'full gradient only, .4', parameters: { method: 'full-gradient', rho: 0.4 } },
        { label: 'noise only, .4', parameters: { method: 'noise', rho: 0.4 } },
      ],
      columns,
      claims: [
        {
          text: 'the noise of the batch helps more than the full gradient',
          checks: [
            higher('testPercent', 'noise only', 'full gradient only'),
            higher('testPercent', 'noise only, .4', 'full gradient only, .4'),
          ],
        },
        {
          text: 'along the full gradient alone it stops learning at a rho at which it learns along the noise',
          checks: [
            meanPercent('full gradient only, .4', 'below 25', (percent) => percent < 25),
            meanPercent('noise only, .4', 'above 50', (percent) => percent > 50),
          ],
        },
      ],
    },
  ],
};

function meanPercent(label: string, expected: string, holds: (percent: number) => boolean): ValueCheck {
  return {
    kind: 'value',
    text: `test accuracy of ${label}, mean, %`,
    expected,
    of: (numbers: PartNumbers) => numbers.mean('testPercent', label),
    holds,
  };
}
