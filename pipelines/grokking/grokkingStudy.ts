import type { Check, Study, StudyColumn, StudyPart } from '../study/study.ts';

/** Claim: from a large initialisation with a little weight decay, the kernel predictor first, the other one late and at once. */
export const grokkingStudy: Study = {
  name: 'grokking',
  description: 'Grokking: an early bias towards the kernel predictor, a late one towards the least norm',
  source: 'Lyu et al. 2024 (arXiv 2311.18817), sections 3 and 4',
  parts: [
    part('diagonal', 'Sparse classification with u^2 - v^2, d = 1000, n = 100, alpha = 64, wd = 1e-3', {
      metric: 'accuracy',
      plateau: 'L2-SVM',
    }),
    part('misgrokking', 'Dense classification with a margin, d = 4096, n = 32, alpha = 64, wd = 1e-3', {
      metric: 'accuracy',
      plateau: 'L2-SVM',
      down: true,
      changing: true,
    }),
    part('completion', 'Matrix completion with UU^T - VV^T, d = 40, n = 300, alpha = 10, wd = 1e-3', {
      metric: 'loss',
      plateau: 'least Frobenius norm',
      down: true,
    }),
    part('modular', 'Addition modulo 31, two layers of width 128, from a large initialisation, wd = 1e-4', {
      metric: 'accuracy',
      plateau: 'kernel',
    }),
    part('xor', 'x1 x2 with d = 40, n = 200, two layers of width 100, wd = 1e-3', {
      metric: 'accuracy',
      plateau: 'kernel SVM',
    }),
  ],
};

interface Setting {
  readonly metric: 'accuracy' | 'loss';
  /** What the plateau is compared with. */
  readonly plateau: string;
  /** Whether the metric falls: of a loss that is grokking, of an accuracy misgrokking. */
  readonly down?: true;
  /** Whether the metric goes on changing, so that it is also read at (ln alpha + 5) / wd. */
  readonly changing?: true;
}

function part(setting: string, title: string, { metric, plateau, down, changing }: Setting): StudyPart {
  const mis = down === true && metric === 'accuracy';
  const changed = mis ? 'misgrokked' : 'grokked';
  const columns: StudyColumn[] = [
    { header: `${metric}, plateau`, path: 'plateau.testMetric', unit: metric },
    { header: plateau, path: 'earlyPredictor.testMetric', unit: metric },
    ...(changing ? [{ header: 'soon after', path: 'changed.testMetric', unit: metric }] : []),
    { header: 'end', path: 'end.testMetric', unit: metric },
    { header: 'fits at tau', path: 'memorised', unit: 'continuous time' },
    { header: 't10', path: 't10', unit: 'continuous time' },
    { header: 't50', path: 't50', unit: 'continuous time' },
    { header: 't90', path: 't90', unit: 'continuous time' },
    { header: changed, path: changed, unit: '1' },
    { header: '|theta| at the end', path: 'end.parameterNorm', unit: 'norm' },
  ];
  return {
    title: `${title}; adaptive-step gradient descent`,
    pipeline: 'grokkingPipeline',
    parameters: { setting },
    variants: [
      { label: 'with decay', parameters: {} },
      { label: 'wd = 0', parameters: { weightDecay: 0 }, control: true },
    ],
    columns,
    claims: [
      {
        text: mis ? 'the network misgroks, every time' : 'the network groks, every time',
        checks: [always(changed, 'with decay', 1)],
      },
      {
        text: `until then it is as good as the ${plateau}`,
        checks: [nearPredictor(metric)],
      },
      {
        text: 'without weight decay nothing changes',
        control: true,
        checks: [always('grokked', 'wd = 0', 0), always('misgrokked', 'wd = 0', 0)],
      },
    ],
  };
}

/** In every run of a variant the number is the expected one. */
function always(number: string, label: string, expected: 0 | 1): Check {
  return {
    kind: 'value',
    text: `share of the runs ${label} that ${number}`,
    expected: String(expected),
    of: (numbers) => numbers.mean(number, label),
    holds: (share) => share === expected,
  };
}

/** The test metric at the plateau beside that of the predictor computed without training. */
function nearPredictor(metric: 'accuracy' | 'loss'): Check {
  return {
    kind: 'value',
    text: metric === 'loss' ? 'largest ratio of the two losses, minus 1' : 'largest difference of the two accuracies',
    expected: metric === 'loss' ? 'at most 0.1' : 'at most 0.05',
    of: (numbers) =>
      Math.max(
        ...numbers
          .together(['plateau.testMetric', 'earlyPredictor.testMetric'], 'with decay')
          .map(([seen, predicted]) => Math.abs(metric === 'loss' ? seen! / predicted! - 1 : seen! - predicted!)),
      ),
    holds: (difference) => difference <= (metric === 'loss' ? 0.1 : 0.05),
  };
}
