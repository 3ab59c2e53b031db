import type { PartNumbers } from '../study/partNumbers.ts';
import { higher, lower, type Study, type ValueCheck } from '../study/study.ts';

/** Claim: under label noise Friendly SAM generalises better than SAM, and that better than SGD. */
export const friendlySamStudy: Study = {
  name: 'friendly-sam',
  description: 'Friendly SAM: on images with wrong classes, beside SGD and SAM',
  source: 'Li et al. 2024 (arXiv 2403.12350)',
  parts: [
    {
      title: 'MNIST, 1000 images, 20 % wrong classes; two convolutions, batches of 64, 20 epochs; 7000 test images',
      pipeline: 'friendlySamPipeline',
      parameters: { setting: 'noise-labels' },
      variants: [
        { label: 'SGD', parameters: { method: 'sgd' } },
        { label: 'SAM', parameters: { method: 'sam', rho: 0.15 } },
        { label: 'F-SAM', parameters: { method: 'f-sam', rho: 0.3 } },
        { label: 'SAM, rho warm-up', parameters: { method: 'sam', rho: 0.15, warmUp: 0.25 }, control: true },
        { label: 'F-SAM, rho warm-up', parameters: { method: 'f-sam', rho: 0.3, warmUp: 0.25 }, control: true },
        { label: 'SAM, rho .3', parameters: { method: 'sam', rho: 0.3 }, control: true },
        { label: 'SAM, rho .3, warm-up', parameters: { method: 'sam', rho: 0.3, warmUp: 0.25 }, control: true },
        { label: 'SAM, rho .3, short warm-up', parameters: { method: 'sam', rho: 0.3, warmUp: 0.05 }, control: true },
        { label: 'F-SAM, rho .15', parameters: { method: 'f-sam', rho: 0.15 }, control: true },
      ],
      columns: [
        { header: 'test accuracy', path: 'testPercent', unit: '%' },
        { header: 'on the training set', path: 'trainPercent', unit: '%' },
        { header: 'test loss', path: 'testLoss', unit: 'loss' },
      ],
      claims: [
        {
          text: 'F-SAM generalises better than SGD, by more than 4 points',
          checks: [higher('testPercent', 'F-SAM', 'SGD'), advantage('F-SAM', 'SGD', 4)],
        },
        {
          text: 'F-SAM generalises better than SAM',
          checks: [higher('testPercent', 'F-SAM', 'SAM'), advantage('F-SAM', 'SAM', 0)],
        },
        {
          text: 'F-SAM is better than SAM at the same rho',
          control: true,
          checks: [higher('testPercent', 'F-SAM', 'SAM, rho .3'), higher('testPercent', 'F-SAM, rho .15', 'SAM')],
        },
        {
          text: 'F-SAM is better than SAM where the same rho of both grows over the first quarter of the updates',
          control: true,
          checks: [higher('testPercent', 'F-SAM, rho warm-up', 'SAM, rho .3, warm-up')],
        },
        {
          text: 'F-SAM as it is, without a warm-up, is better than SAM with one',
          control: true,
          checks: ['SAM, rho warm-up', 'SAM, rho .3, warm-up', 'SAM, rho .3, short warm-up'].map((label) =>
            higher('testPercent', 'F-SAM', label),
          ),
        },
        {
          text: 'a warm-up makes F-SAM worse',
          control: true,
          checks: [lower('testPercent', 'F-SAM, rho warm-up', 'F-SAM')],
        },
      ],
    },
  ],
};

function advantage(of: string, than: string, points: number): ValueCheck {
  return {
    kind: 'value',
    text: `points of test accuracy, ${of} minus ${than}, mean`,
    expected: `above ${points}`,
    of: (numbers: PartNumbers) => numbers.difference('testPercent', of, than).pairs.mean,
    holds: (difference) => difference > points,
  };
}
