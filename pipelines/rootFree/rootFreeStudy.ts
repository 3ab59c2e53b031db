import type { Study, StudyColumn, StudyPart } from '../study/study.ts';
import { dampingName } from './rootFreeBreakdown.ts';
import { broken, least, most, nearOnAverage, nearTo, some, source } from './rootFreeChecks.ts';
import { tunings } from './rootFreeMethods.ts';

/** Dampings of inverse-free Shampoo in training: the largest one, and none. */
const inverseFreeDampings = [1e-2, 0] as const;
/** eps / lambda_max of Shampoo in training: at the first one bfloat16 inverse roots hold, at the others they do not. */
const shampooDampings = [1e-2, 1e-4, 1e-8] as const;

const failureColumns: readonly StudyColumn[] = [
  { header: 'failed', path: 'failed', unit: 'runs' },
  { header: 'at step', path: 'failedAt', unit: 'steps' },
  { header: 'train loss', path: 'trainLoss', unit: 'loss' },
  { header: 'test %', path: 'testAccuracy', unit: '%' },
];

/** Claim: inverse roots break down in bfloat16, the method without them does not; multiples of the loss change nothing. */
export const rootFreeStudy: Study = {
  name: 'root-free',
  description: 'Root-free adaptive methods: low precision and invariance',
  source,
  parts: [gradientsPart(), inverseRootsPart(), inverseFreePart(), invariancePart(), initialPart()],
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
          ...[1e-4, 1e-8].map((damping) => broken(error('newtonBfloat16', damping), 'bfloat16', 10)),
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

function inverseRootsPart(): StudyPart {
  const label = (damping: number) => `bfloat16, ${dampingName(damping)}`;
  const float32 = `float32, ${dampingName(1e-4)}`;
  const guarded = `bfloat16, ${dampingName(1e-4)}, guarded`;
  return {
    title:
      'the CNN trained for a pass with Shampoo, by eps / lambda_max of each factor; new inverse roots at every update',
    pipeline: 'rootFreePipeline',
    parameters: {
      setting: 'cnn',
      optimizer: 'shampoo',
      relativeDamping: true,
      steps: 62,
      interval: 1,
      testSamples: 1000,
    },
    variants: [
      ...shampooDampings.map((damping) => ({
        label: label(damping),
        parameters: { precision: 'bfloat16', damping, guard: false },
      })),
      { label: float32, parameters: { damping: 1e-4, guard: false }, control: true },
      { label: guarded, parameters: { precision: 'bfloat16', damping: 1e-4 }, control: true },
    ],
    columns: failureColumns,
    claims: [
      {
        text: 'with inverse roots in bfloat16 it ends in NaN at eps / lambda_max <= 1e-4, within four updates',
        checks: [1e-4, 1e-8].flatMap((damping) => [
          least('failed', label(damping), 1),
          most('failedAt', label(damping), 4),
        ]),
      },
      {
        text: 'it trains with more damping, in float32, and where Newton is stopped in time',
        control: true,
        checks: [label(1e-2), float32, guarded].map((of) => most('failed', of, 0)),
      },
    ],
  };
}

function inverseFreePart(): StudyPart {
  const label = (precision: string, damping: number) => `${precision}, ${dampingName(damping)}`;
  const disturbed = 'float32, 0, rate a millionth larger';
  const { learningRate: tunedRate } = tunings.cnn['inverse-free-shampoo'];
  return {
    title: 'the CNN trained for twelve passes with inverse-free Shampoo, by damping',
    pipeline: 'rootFreePipeline',
    parameters: { setting: 'cnn', optimizer: 'inverse-free-shampoo', testSamples: 1000 },
    variants: [
      ...inverseFreeDampings.flatMap((damping) =>
        (['float32', 'bfloat16'] as const).map((precision) => ({
          label: label(precision, damping),
          parameters: { precision, damping },
          control: precision === 'float32',
        })),
      ),
      {
        label: disturbed,
        parameters: { precision: 'float32', damping: 0, learningRate: tunedRate * (1 + 1e-6) },
        control: true,
      },
    ],
    columns: failureColumns,
    claims: [
      {
        text: 'in bfloat16 it ends where it does in float32, to .003 in the training loss',
        checks: [nearOnAverage, nearTo].flatMap((near) =>
          inverseFreeDampings.map((damping) => near(label('bfloat16', damping), label('float32', damping), 0.003)),
        ),
      },
      {
        text: 'two runs in float32 whose rates differ by a millionth end as close to each other',
        control: true,
        checks: [nearTo(disturbed, label('float32', 0), 0.003)],
      },
    ],
  };
}

function invariancePart(): StudyPart {
  return {
    title: 'root-free RMSProp on multiples of the loss: largest difference of any parameter after 25 updates',
    pipeline: 'rootFreePipeline',
    parameters: { setting: 'invariance', steps: 25, testSamples: 100 },
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
      'squares that begin at 1 / B or at 0: the CNN without norms, 2048 images, batches of 16, 400 updates, rate 1e-3, no momentum',
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
      momentum: 0,
    },
    variants: [
      { label: 'from 1 / B', parameters: {} },
      { label: 'from 0', parameters: { initial: 0 }, control: true },
    ],
    columns: [
      { header: 'test %', path: 'testAccuracy', unit: '%' },
      { header: 'train loss', path: 'trainLoss', unit: 'loss' },
    ],
    claims: [
      {
        text: 'from 1 / B no run fails, from 0 some do: they end above ln 10, the loss of knowing nothing',
        checks: [most('trainLoss', 'from 1 / B', 2.31), some('trainLoss', 'from 0', 2.31)],
      },
    ],
  };
}
