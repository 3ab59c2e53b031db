import type { PartNumbers } from '../study/partNumbers.ts';
import { higher, lower, type Study, type StudyColumn, type StudyPart, type ValueCheck } from '../study/study.ts';
import { dampingName } from './rootFreeBreakdown.ts';

const source = 'Lin et al. 2024 (arXiv 2402.03496)';

/** Dampings of the trainings: those at which bfloat16 inverse roots hold, and those at which they do not. */
const trained = [1e-2, 1e-6, 1e-8] as const;

/** Claim: inverse roots break down in bfloat16, the method without them does not; multiples of the loss change nothing. */
export const rootFreeStudy: Study = {
  name: 'root-free',
  description: 'Root-free adaptive methods: low precision and invariance',
  source,
  parts: [gradientsPart(), trainingPart(), invariancePart(), initialPart()],
};

function gradientsPart(): StudyPart {
  const error = (method: string, damping: number) => `errors.${method}.${dampingName(damping)}`;
  const column = (header: string, method: string, damping: number): StudyColumn => ({
    header: `${header} ${dampingName(damping)}`,
    path: error(method, damping),
    unit: '1',
  });
  return {
    title: 'relative error of a preconditioned gradient: 200 gradients of the second convolution of a CNN in training',
    pipeline: 'rootFreePipeline',
    parameters: { setting: 'low-precision' },
    variants: [{ label: 'bfloat16', parameters: {} }],
    columns: [
      column('Newton', 'newtonBfloat16', 1e-2),
      column('Newton', 'newtonBfloat16', 1e-3),
      column('Newton', 'newtonBfloat16', 1e-4),
      column('guarded', 'guardedBfloat16', 1e-4),
      column('stored', 'storedBfloat16', 1e-4),
      column('stored', 'storedBfloat16', 1e-8),
      column('inverse-free', 'inverseFree', 1e-2),
      column('inverse-free', 'inverseFree', 0),
      { header: 'eigenvalues < 0', path: 'negativeEigenvalues', unit: 'eigenvalues' },
    ],
    claims: [
      {
        text: 'the inverse root by Newton in bfloat16 holds at a damping of 1e-2 and 1e-3 and breaks down from 1e-4 on',
        checks: [
          ...[1e-2, 1e-3].map((damping) => most(error('newtonBfloat16', damping), 'bfloat16', 0.1)),
          ...[1e-4, 1e-8].map((damping) => least(error('newtonBfloat16', damping), 'bfloat16', 10)),
        ],
      },
      {
        text: 'inverse-free Shampoo in bfloat16 stays near float32 at every damping',
        checks: [1e-2, 1e-4, 1e-8, 0].map((damping) => most(error('inverseFree', damping), 'bfloat16', 0.1)),
      },
      {
        text: 'it is the arithmetic: in float32, and in bfloat16 stopped where its error grows, Newton does not break down',
        control: true,
        checks: [
          most(error('newtonFloat32', 1e-4), 'bfloat16', 1e-3),
          most(error('guardedBfloat16', 1e-4), 'bfloat16', 0.2),
          most(error('guardedBfloat16', 1e-8), 'bfloat16', 0.2),
        ],
      },
    ],
  };
}

function trainingPart(): StudyPart {
  const label = (method: string, precision: string, damping: number) =>
    `${method}, ${precision}, ${dampingName(damping)}`;
  const variants = trained.flatMap((damping) => [
    ...(['float32', 'bfloat16'] as const).map((precision) => ({
      label: label('inverse-free', precision, damping),
      parameters: { optimizer: 'inverse-free-shampoo', precision, damping },
    })),
    {
      label: label('Shampoo', 'bfloat16', damping),
      parameters: { optimizer: 'shampoo', precision: 'bfloat16', damping, guard: false },
    },
  ]);
  const low = trained.filter((damping) => damping <= 1e-6);
  return {
    title: 'the CNN trained for two passes in low precision, by damping; matrices refreshed at every update',
    pipeline: 'rootFreePipeline',
    parameters: { setting: 'cnn', steps: 124, interval: 1, testSamples: 1000 },
    variants: [
      ...variants,
      {
        label: 'Shampoo, float32, 1e-6',
        parameters: { optimizer: 'shampoo', damping: 1e-6, guard: false },
        control: true,
      },
      {
        label: 'Shampoo, bfloat16, 1e-6, guarded',
        parameters: { optimizer: 'shampoo', precision: 'bfloat16', damping: 1e-6 },
        control: true,
      },
    ],
    columns: [
      { header: 'failed', path: 'failed', unit: 'runs' },
      { header: 'at step', path: 'failedAt', unit: 'steps' },
      { header: 'train loss', path: 'trainLoss', unit: 'loss' },
      { header: 'test %', path: 'testAccuracy', unit: '%' },
    ],
    claims: [
      {
        text: 'Shampoo with inverse roots in bfloat16 ends in NaN at eps <= 1e-6, which is some 1e-4 lambda_max',
        checks: low.map((damping) => least('failed', label('Shampoo', 'bfloat16', damping), 1)),
      },
      {
        text: 'inverse-free Shampoo in bfloat16 trains as in float32, to .01 in the loss',
        checks: trained.map((damping) =>
          nearTo(label('inverse-free', 'bfloat16', damping), label('inverse-free', 'float32', damping), 0.01),
        ),
      },
      {
        text: 'Shampoo trains in float32, and in bfloat16 where Newton is stopped in time',
        control: true,
        checks: ['Shampoo, float32, 1e-6', 'Shampoo, bfloat16, 1e-6, guarded'].map((of) => most('failed', of, 0)),
      },
    ],
  };
}

function invariancePart(): StudyPart {
  return {
    title: 'root-free RMSProp on multiples of the loss: largest difference of any parameter after 100 updates',
    pipeline: 'rootFreePipeline',
    parameters: { setting: 'invariance', testSamples: 100 },
    variants: [{ label: 'RF-RMSProp', parameters: {} }],
    columns: [
      { header: 'loss x 10', path: 'timesTen', unit: 'parameters' },
      { header: 'summed loss', path: 'summed', unit: 'parameters' },
      { header: 'factor alone', path: 'factorAlone', unit: 'parameters' },
    ],
    claims: [
      {
        text: 'with the factor, the initial denominators and eps rescaled the run is the same',
        checks: [most('timesTen', 'RF-RMSProp', 1e-6), most('summed', 'RF-RMSProp', 1e-6)],
      },
      {
        text: 'the factor alone is not enough',
        control: true,
        checks: [least('factorAlone', 'RF-RMSProp', 1e-3)],
      },
    ],
  };
}

function initialPart(): StudyPart {
  return {
    title:
      'squares that begin at 1 / B or at 0: the CNN without norms, 2048 images, batches of 16, 400 updates, rate 1e-3',
    pipeline: 'rootFreePipeline',
    parameters: {
      setting: 'cnn',
      norm: 'none',
      samples: 2048,
      batchSize: 16,
      steps: 400,
      learningRate: 1e-3,
      weightDecay: 1e-3,
      beta2: 0.05,
    },
    variants: [
      { label: 'from 1 / B', parameters: {} },
      { label: 'from 0', parameters: { initial: 0 }, control: true },
    ],
    columns: [
      { header: 'failed', path: 'failed', unit: 'runs' },
      { header: 'test %', path: 'testAccuracy', unit: '%' },
    ],
    claims: [
      {
        text: 'from 1 / B no run fails, from 0 some do',
        checks: [most('failed', 'from 1 / B', 0), least('failed', 'from 0', Number.MIN_VALUE, false)],
      },
    ],
  };
}

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

function most(path: string, label: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `${label}: largest ${path} of any run`,
    expected: `at most ${bound}`,
    of: (numbers) => extreme(numbers, path, label, Math.max),
    holds: (value) => value <= bound,
  };
}

/** Of every run, or of any. */
function least(path: string, label: string, bound: number, ofEvery = true): ValueCheck {
  return {
    kind: 'value',
    text: `${label}: ${ofEvery ? 'least' : 'largest'} ${path} of any run`,
    expected: bound === Number.MIN_VALUE ? 'above 0' : `at least ${bound}`,
    of: (numbers) => extreme(numbers, path, label, ofEvery ? Math.min : Math.max),
    // An error that is not a number any more is beyond every bound.
    holds: (value) => value >= bound,
  };
}

/** Of the runs that finished; NaN where one of them has no such number. */
function extreme(numbers: PartNumbers, path: string, label: string, of: (...values: number[]) => number): number {
  const values = numbers.values(path, label);
  return values.length === 0 ? Number.NaN : of(...values);
}

/** The largest difference in training loss of two variants on one seed. */
function nearTo(of: string, than: string, bound: number): ValueCheck {
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

function advantage(of: string, than: string, bound: number): ValueCheck {
  return {
    kind: 'value',
    text: `test accuracy, ${of} minus ${than}, in points`,
    expected: `above ${bound}`,
    of: (numbers) => numbers.mean('testAccuracy', of) - numbers.mean('testAccuracy', than),
    holds: (value) => value > bound,
  };
}
