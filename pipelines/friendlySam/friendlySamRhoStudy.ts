import type { PartNumbers } from '../study/partNumbers.ts';
import { higher, type Study } from '../study/study.ts';

const lengths = [0.1, 0.3, 0.6, 1];

/** Claim: Friendly SAM tolerates perturbations of a length at which SAM no longer learns. */
export const friendlySamRhoStudy: Study = {
  name: 'friendly-sam-rho-sweep',
  description: 'Friendly SAM: the lengths of the perturbation that it and SAM tolerate',
  source: 'Li et al. 2024 (arXiv 2403.12350)',
  parts: [
    {
      title: 'MNIST, 1000 images, right classes; a hidden layer of 128, batches of 64, 40 epochs; 7000 test images',
      pipeline: 'friendlySamPipeline',
      parameters: { setting: 'rho-sweep' },
      variants: [
        ...lengths.flatMap((rho) => [
          { label: `SAM ${rho}`, parameters: { method: 'sam', rho } },
          { label: `F-SAM ${rho}`, parameters: { method: 'f-sam', rho } },
        ]),
        { label: 'SAM 1, rho warm-up', parameters: { method: 'sam', rho: 1, warmUp: 0.25 }, control: true },
      ],
      columns: [
        { header: 'test accuracy', path: 'testPercent', unit: '%' },
        { header: 'on the training set', path: 'trainPercent', unit: '%' },
        { header: 'test loss', path: 'testLoss', unit: 'loss' },
      ],
      claims: [
        {
          text: 'at rho = 1 F-SAM learns and SAM does not',
          checks: [
            higher('testPercent', 'F-SAM 1', 'SAM 1'),
            {
              kind: 'value',
              text: 'test accuracy of SAM at rho = 1, mean',
              expected: 'below 25 %',
              of: (numbers: PartNumbers) => numbers.mean('testPercent', 'SAM 1'),
              holds: (percent) => percent < 25,
            },
            {
              kind: 'value',
              text: 'test accuracy of F-SAM at rho = 1, mean',
              expected: 'above 85 %',
              of: (numbers: PartNumbers) => numbers.mean('testPercent', 'F-SAM 1'),
              holds: (percent) => percent > 85,
            },
          ],
        },
        {
          text: 'at its best rho F-SAM is better than SAM at its own',
          control: true,
          checks: [
            {
              kind: 'value',
              text: 'points of test accuracy, best mean of F-SAM minus best mean of SAM',
              expected: 'above 0.5',
              of: (numbers: PartNumbers) => best(numbers, 'F-SAM') - best(numbers, 'SAM'),
              holds: (difference) => difference > 0.5,
            },
          ],
        },
        {
          text: 'at rho = 1 F-SAM is better than SAM whose rho grows over the first quarter of the updates',
          control: true,
          checks: [higher('testPercent', 'F-SAM 1', 'SAM 1, rho warm-up')],
        },
      ],
    },
  ],
};

function best(numbers: PartNumbers, method: string): number {
  return Math.max(...lengths.map((rho) => numbers.mean('testPercent', `${method} ${rho}`)));
}
