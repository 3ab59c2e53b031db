import { higher, lower, type Study, type StudyColumn, type ValueCheck } from '../study/study.ts';
import { least, source } from './rootFreeChecks.ts';

const trainingColumns: readonly StudyColumn[] = [
  { header: 'test %', path: 'testAccuracy', unit: '%' },
  { header: 'test loss', path: 'testLoss', unit: 'loss' },
  { header: 'train loss', path: 'trainLoss', unit: 'loss' },
  { header: 'p90/p10, half-way', path: 'gauge.middle.spread', unit: '1' },
  { header: 'at the end', path: 'gauge.end.spread', unit: '1' },
];

/** Claim: on a transformer adaptive methods without the root keep up with those that have it, and SGD does not. */
export const rootFreeTransformerStudy: Study = {
  name: 'root-free-transformer',
  description: 'Root-free adaptive methods: a vision transformer',
  source,
  parts: [
    {
      title: 'Fashion-MNIST, 2000 images; vision transformer of 19,594 parameters, batches of 32, 744 updates',
      pipeline: 'rootFreePipeline',
      parameters: { setting: 'transformer' },
      variants: [
        { label: 'SGD', parameters: { optimizer: 'sgd' } },
        { label: 'AdamW', parameters: { optimizer: 'adamw' } },
        { label: 'RMSProp', parameters: { optimizer: 'rmsprop' } },
        { label: 'RF-RMSProp', parameters: { optimizer: 'rf-rmsprop' } },
        { label: 'inverse-free Shampoo', parameters: { optimizer: 'inverse-free-shampoo' } },
      ],
      columns: trainingColumns,
      claims: [
        {
          text: 'SGD is worse than RMSProp, with the root and without',
          checks: [higher('testAccuracy', 'RMSProp', 'SGD'), higher('testAccuracy', 'RF-RMSProp', 'SGD')],
        },
        {
          text: 'inverse-free Shampoo is better than RMSProp, with the root and without',
          checks: ['RMSProp', 'RF-RMSProp'].map((than) => higher('testAccuracy', 'inverse-free Shampoo', than)),
        },
        {
          text: 'RF-RMSProp keeps up with RMSProp: not worse by more than a point',
          checks: [advantage('RF-RMSProp', 'RMSProp', -1)],
        },
        {
          text: 'its denominators are adaptive: p10 and p90 lie a factor of 10 apart at the end',
          control: true,
          checks: [least('gauge.end.spread', 'RF-RMSProp', 10)],
        },
      ],
    },
  ],
};

/** Claim: on a CNN adaptive methods without the root are better than those with it. It comes out mixed. */
export const rootFreeCnnStudy: Study = {
  name: 'root-free-cnn',
  description: 'Root-free adaptive methods: a convolutional network',
  source,
  parts: [
    {
      title: 'Fashion-MNIST, 2000 images; CNN with batch norm of 14,458 parameters, batches of 32, 744 updates',
      pipeline: 'rootFreePipeline',
      parameters: { setting: 'cnn' },
      variants: [
        { label: 'SGD', parameters: { optimizer: 'sgd' }, control: true },
        { label: 'AdamW', parameters: { optimizer: 'adamw' } },
        { label: 'RF-AdamW', parameters: { optimizer: 'rf-adamw' } },
        { label: 'RMSProp', parameters: { optimizer: 'rmsprop' } },
        { label: 'RF-RMSProp', parameters: { optimizer: 'rf-rmsprop' } },
        { label: 'Shampoo', parameters: { optimizer: 'shampoo' } },
        { label: 'inverse-free Shampoo', parameters: { optimizer: 'inverse-free-shampoo' } },
      ],
      columns: trainingColumns,
      claims: [
        {
          text: 'adaptive methods are better without the root than with it',
          checks: [
            higher('testAccuracy', 'RF-AdamW', 'AdamW'),
            higher('testAccuracy', 'RF-RMSProp', 'RMSProp'),
            higher('testAccuracy', 'inverse-free Shampoo', 'Shampoo'),
          ],
        },
        {
          text: 'without the root they are not better than SGD',
          control: true,
          checks: [lower('testAccuracy', 'RF-RMSProp', 'SGD'), lower('testAccuracy', 'RF-AdamW', 'SGD')],
        },
      ],
    },
  ],
};

function advantage(of: string, than: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `test accuracy, ${of} minus ${than}, in points`,
    expected: `above ${bound}`,
    of: (numbers) => numbers.mean('testAccuracy', of) - numbers.mean('testAccuracy', than),
    holds: (value) => value > bound,
  };
}
