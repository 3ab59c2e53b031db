import type { ColumnDescription } from '../../src/columns.ts';
import { Run, type RunMetadata } from '../../src/run.ts';
import { type Row, trainingStepColumns } from '../../src/step.ts';

const number = (name: string, unit: string, meaning: string, more: object = {}) =>
  ({ name, type: 'float64', unit, meaning, ...more }) as const;

const columns: readonly ColumnDescription[] = [
  ...trainingStepColumns,
  {
    name: 'evaluation',
    meaning: 'loss on data that is not trained on',
    columns: [number('testLoss', 'loss', 'loss of the test set', { axis: 'log', nullable: true })],
  },
  {
    name: 'tangentKernel',
    meaning: 'the empirical tangent kernel',
    columns: [
      number('lambdaMax', 'eigenvalue', 'largest eigenvalue of the tangent kernel over n'),
      number('criticalLearningRate', 'learning rate', '2 over the largest eigenvalue'),
    ],
  },
  {
    name: 'eigenspace',
    meaning: 'the loss by eigenspace of the tangent kernel',
    columns: [
      number('lossTop', 'loss', 'share of the loss in the top eigenspace', { axis: 'log' }),
      number('lossComplement', 'loss', 'the rest of the loss', { axis: 'log' }),
    ],
  },
  {
    name: 'agopAlignment',
    meaning: 'alignment with the true AGOP',
    columns: [number('alignment', 'cosine', 'cosine between the AGOP and the true one')],
  },
  {
    name: 'weights',
    meaning: 'norms of the parameters',
    columns: [
      number('firstLayer', 'norm', 'Frobenius norm of the first layer'),
      number('lastLayer', 'norm', 'Frobenius norm of the last layer'),
      { name: 'clipped', type: 'bool', unit: '1', meaning: 'whether the gradient was clipped' },
    ],
  },
  { name: 'spikes', meaning: 'rises of the loss', role: 'event', nullable: true, columns: [] },
  { name: 'catapults', meaning: 'rises told apart', role: 'event', nullable: true, columns: [] },
];

/** Steps of {@link syntheticRow} at which something happens. */
export const planted = { first: 90, second: 260, divergence: 520, end: 560 } as const;

export function syntheticRun(name = 'catapults, d=50 n=300 m=512', metadata: RunMetadata = { seed: 7 }): Run {
  return new Run(name, columns, metadata);
}

/** A run that is made up: two catapults, then a divergence that ends in NaN. The same for every call. */
export function syntheticRow(run: Run, step: number): Row {
  const noise = (k: number) => Math.sin(step * 12.9898 + k * 78.233) * 0.5 + Math.sin(step * 4.137 + k) * 0.5;
  const bump = (begin: number, height: number) =>
    step < begin ? 0 : height * Math.exp(-(((step - begin - 12) / 7) ** 2));
  const learningRate =
    0.42 + (step >= planted.first - 2 ? 0.14 : 0) + (step >= planted.second - 2 ? 0.22 : 0) + (step >= 500 ? 0.6 : 0);
  const sigmoid = (begin: number) => 1 / (1 + Math.exp(-(step - begin - 12) / 3));
  const lambda = 4.2 - 1.1 * sigmoid(planted.first) - 0.75 * sigmoid(planted.second) + 0.02 * noise(1);
  const base = 0.62 * Math.exp(-step / 160) + 0.013;
  const diverging = step < planted.divergence ? 0 : 0.01 * 1.35 ** (step - planted.divergence);
  const top = base * 0.25 + bump(planted.first, 2.9) + bump(planted.second, 1.1) + diverging;
  const complement = base * 0.75 * (1 + 0.03 * noise(2));
  const lost = step > planted.end - 8;
  const loss = lost ? (step > planted.end - 4 ? Number.NaN : Number.POSITIVE_INFINITY) : top + complement;
  const stairs = 0.12 + 0.36 * sigmoid(planted.first) + 0.3 * sigmoid(planted.second);
  const fields = {
    epoch: step,
    time: step * learningRate,
    seconds: step * 0.031,
    loss,
    learningRate,
    evaluation: {
      testLoss: step % 10 === 0 && !lost ? 0.9 * Math.exp(-stairs * 2.6) + 0.012 * noise(3) + diverging : null,
    },
    tangentKernel: { lambdaMax: lambda, criticalLearningRate: 2 / lambda },
    eigenspace: {
      lossTop: lost ? Number.NaN : top * (1 + 0.08 * noise(4)),
      lossComplement: lost ? Number.NaN : complement,
    },
    agopAlignment: { alignment: Math.min(1, stairs + 0.008 * noise(5)) },
    weights: { firstLayer: 22.4 + step * 0.002, lastLayer: 20.1 + noise(6) * 0.1, clipped: step % 50 === 0 },
    spikes: spikes.get(step) ?? null,
    catapults: catapults.get(step) ?? null,
  };
  return { run, step, ...fields } as Row;
}

const report = (more: object) => ({
  kind: 'spike',
  state: 'closed',
  topShare: null,
  lambdaBefore: null,
  lambdaAfter: null,
  recoveredIn: null,
  end: null,
  evidence: '',
  ...more,
});

const first = {
  begin: 90,
  confirmedAt: 121,
  end: 121,
  peak: 3.27,
  peakStep: 102,
  before: 0.367,
  ratio: 8.91,
  recoveredIn: 31,
};
const second = {
  begin: 260,
  confirmedAt: 289,
  end: 289,
  peak: 1.23,
  peakStep: 272,
  before: 0.135,
  ratio: 9.11,
  recoveredIn: 29,
};
const third = { begin: 524, confirmedAt: 541, peak: 812.4, peakStep: 541, before: 0.042, ratio: 19343 };

/** What the detector that sees the loss alone reports, by the step of the report. */
const spikes = new Map<number, object>([
  [
    94,
    report({
      ...first,
      state: 'open',
      verdict: 'undecided',
      confirmedAt: 94,
      end: null,
      recoveredIn: null,
      ratio: 2.4,
      peak: 0.88,
      peakStep: 94,
    }),
  ],
  [121, report({ ...first, verdict: 'spike', evidence: 'The loss came back; without the kernel nobody can say why.' })],
  [
    289,
    report({ ...second, verdict: 'spike', evidence: 'The loss came back; without the kernel nobody can say why.' }),
  ],
  [541, report({ ...third, state: 'open', verdict: 'divergence', evidence: 'The loss alone.' })],
]);

const catapults = new Map<number, object>([
  [
    121,
    report({
      ...first,
      verdict: 'catapult',
      topShare: 0.98,
      lambdaBefore: 4.2,
      lambdaAfter: 3.1,
      confidence: 0.96,
      evidence:
        '98 % of the rise was in the top eigenspace, the largest eigenvalue fell by 26 %, and the loss was back after 31 steps.',
    }),
  ],
  [
    289,
    report({
      ...second,
      verdict: 'catapult',
      topShare: 0.95,
      lambdaBefore: 3.1,
      lambdaAfter: 2.35,
      evidence:
        '95 % of the rise was in the top eigenspace, the largest eigenvalue fell by 24 %, and the loss was back after 29 steps.',
    }),
  ],
  [
    541,
    report({
      ...third,
      state: 'open',
      verdict: 'divergence',
      topShare: 0.99,
      lambdaBefore: 2.35,
      evidence: 'The loss has grown 19 343-fold in 17 steps and the largest eigenvalue has not fallen: no catapult.',
    }),
  ],
]);
