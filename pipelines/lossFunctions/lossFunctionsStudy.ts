import { higher, lower, type Study, type StudyColumn } from '../study/study.ts';

const rates: StudyColumn[] = [
  { header: 'peak / least', path: 'growth', unit: '1' },
  { header: 'lambda start', path: 'lambdaStart', unit: 'eigenvalue' },
  { header: 'end', path: 'lambdaEnd', unit: 'eigenvalue' },
  { header: 'diverged', path: 'diverged', unit: 'share of runs' },
  { header: 'steps', path: 'steps', unit: 'steps' },
];

const logistic = [0.2, 0.9, 1.5, 2, 3, 4, 5];
const images = [0.5, 1.3, 1.8, 2.5, 3.5];

/** Claim: what is said of gradient descent on the square loss is true of momentum, cross-entropy and convolutions. */
export const lossFunctionsStudy: Study = {
  name: 'loss-functions',
  description: 'Catapults beyond gradient descent on the square loss of a dense network',
  source: 'Zhu et al. 2024 (arXiv 2306.04815), sections 2 and 3, and what its reviewers asked for',
  parts: [
    {
      title: 'Momentum .5; c in units of 1.5 n / lambda_max(K_0); r2, d = 20, n = 200, two layers of width 256',
      pipeline: 'lossFunctionsPipeline',
      parameters: { setting: 'square', momentum: 0.5 },
      variants: [
        { label: 'c = .9', parameters: { factor: 0.9 }, control: true },
        { label: 'c = 1.1', parameters: { factor: 1.1 } },
        { label: 'c = 1.2', parameters: { factor: 1.2 } },
        { label: 'c = 1.5', parameters: { factor: 1.5 } },
      ],
      columns: [
        { header: 'test loss', path: 'testLoss', unit: 'loss' },
        { header: 'AGOP', path: 'alignment', unit: 'cosine' },
        { header: 'catapults', path: 'catapults', unit: 'catapults' },
        ...rates,
      ],
      claims: [
        {
          text: 'above its critical rate descent with momentum has a catapult, below it none',
          checks: [
            extreme('lowest growth of the loss at c = 1.1', 'c = 1.1', 'above 1.5', (g) => g > 1.5, Math.min),
            extreme('highest growth of the loss at c = .9', 'c = .9', 'below 1.5', (g) => g < 1.5, Math.max),
          ],
        },
        {
          text: 'the catapult lowers the test loss',
          checks: [lower('testLoss', 'c = 1.1', 'c = .9'), lower('testLoss', 'c = 1.2', 'c = .9')],
        },
        {
          text: 'the catapult aligns the AGOP',
          checks: [higher('alignment', 'c = 1.1', 'c = .9'), higher('alignment', 'c = 1.2', 'c = .9')],
        },
        {
          text: 'c = 1.5 diverges',
          checks: [
            {
              kind: 'value',
              text: 'share of runs at c = 1.5 that diverged',
              expected: 'at least 0.8',
              of: (numbers) => numbers.mean('diverged', 'c = 1.5'),
              holds: (share) => share >= 0.8,
            },
          ],
        },
      ],
    },
    {
      title:
        'Logistic loss; c in units of 2 n / lambda_max(S^1/2 K S^1/2); y = sign(x1 x2), d = 20, n = 400, stop at .02',
      pipeline: 'lossFunctionsPipeline',
      parameters: { setting: 'logistic' },
      variants: logistic.map((factor) => ({
        label: `c = ${factor}`,
        parameters: { factor },
        ...(factor < 1 ? { control: true } : {}),
      })),
      columns: [
        { header: 'test error', path: 'testError', unit: 'share of samples' },
        { header: 'AGOP', path: 'alignment', unit: 'cosine' },
        ...rates,
      ],
      claims: [
        {
          text: 'the threshold is near c = 1',
          checks: [
            extreme('highest growth of the loss at c = 0.9', 'c = 0.9', 'below 1.3', (g) => g < 1.3, Math.max),
            extreme('lowest growth of the loss at c = 2', 'c = 2', 'above 1.3', (g) => g > 1.3, Math.min),
          ],
        },
        {
          text: 'catapults lower the test error',
          checks: [2, 3, 4, 5].map((c) => lower('testError', `c = ${c}`, 'c = 0.2')),
        },
        {
          text: 'catapults align the AGOP',
          checks: [2, 3, 4, 5].map((c) => higher('alignment', `c = ${c}`, 'c = 0.2')),
        },
        {
          text: 'lambda_max rises under cross-entropy with or without a catapult, and less with one',
          control: true,
          checks: [
            lower('lambdaEnd', 'c = 5', 'c = 0.2'),
            {
              kind: 'value',
              text: 'lambda_max at the end over that at the start, c = 0.2',
              expected: 'above 1',
              of: (numbers) => numbers.mean('lambdaEnd', 'c = 0.2') / numbers.mean('lambdaStart', 'c = 0.2'),
              holds: (ratio) => ratio > 1,
            },
          ],
        },
      ],
    },
    {
      title:
        'Convolutional network on the parity of MNIST (14 x 14, n = 128), square loss; c in units of n / lambda_max(K_0)',
      pipeline: 'lossFunctionsPipeline',
      parameters: { setting: 'images' },
      variants: images.map((factor) => ({
        label: `c = ${factor}`,
        parameters: { factor },
        ...(factor < 1 ? { control: true } : {}),
      })),
      columns: [{ header: 'test error', path: 'testError', unit: 'share of samples' }, ...rates],
      claims: [
        {
          text: 'catapults flatten the convolutional network',
          checks: [1.3, 1.8, 2.5, 3.5].map((c) => lower('lambdaEnd', `c = ${c}`, 'c = 0.5')),
        },
        {
          text: 'catapults lower its test error',
          checks: [1.3, 1.8, 2.5].map((c) => lower('testError', `c = ${c}`, 'c = 0.5')),
        },
      ],
    },
  ],
};

/** The largest or the smallest growth of the loss of a variant. */
function extreme(
  text: string,
  label: string,
  expected: string,
  holds: (growth: number) => boolean,
  of: typeof Math.min,
) {
  return {
    kind: 'value',
    text,
    expected,
    of: (numbers: { values(path: string, label: string): number[] }) => of(...numbers.values('growth', label)),
    holds,
  } as const;
}
