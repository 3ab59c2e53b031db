import { higher, lower, type Study } from '../study/study.ts';

const counts = [0, 1, 2, 3, 4, 5];

/** Claims: a catapult happens in the top eigenspace; each one improves the network; they can be had on demand. */
export const catapultsStudy: Study = {
  name: 'catapults',
  description: 'Catapults in gradient descent: one, several, and on demand',
  source: 'Zhu et al. 2024 (arXiv 2306.04815), sections 3 and 4; feedback control is our own',
  parts: [
    {
      title: 'One catapult: constant rate c n / lambda_max(K_0); r2, d = 20, n = 200, width 256, at most 200 steps',
      pipeline: 'lossFunctionsPipeline',
      parameters: { setting: 'square', steps: 200 },
      variants: [
        { label: 'c = .5', parameters: { factor: 0.5 }, control: true },
        { label: 'c = 1.1', parameters: { factor: 1.1 } },
        { label: 'c = 1.3', parameters: { factor: 1.3 } },
        { label: 'c = 1.5', parameters: { factor: 1.5 } },
      ],
      columns: [
        { header: 'peak loss', path: 'peak', unit: 'loss' },
        { header: '(step)', path: 'peakStep', unit: 'steps' },
        { header: 'total growth', path: 'growth', unit: '1' },
        { header: 'complement growth', path: 'complementGrowth', unit: '1' },
        { header: 'top share of the rise', path: 'topShare', unit: '1' },
        { header: 'lambda start', path: 'lambdaStart', unit: 'eigenvalue' },
        { header: 'end', path: 'lambdaEnd', unit: 'eigenvalue' },
        { header: '(min)', path: 'lambdaLeast', unit: 'eigenvalue' },
      ],
      claims: [
        {
          text: 'the rise of a catapult is in the top eigenspace of the tangent kernel',
          checks: ['c = 1.1', 'c = 1.3', 'c = 1.5'].map((label) => ({
            kind: 'value' as const,
            text: `lowest share of the rise in the top eigenspace, ${label}`,
            expected: 'above 0.9',
            of: (numbers: { values(path: string, label: string): number[] }) =>
              Math.min(...numbers.values('topShare', label)),
            holds: (share: number) => share > 0.9,
          })),
        },
        {
          text: 'outside it the loss hardly grows',
          checks: ['c = 1.1', 'c = 1.3'].map((label) => ({
            kind: 'value' as const,
            text: `growth of the loss outside the top eigenspace, mean, ${label}`,
            expected: 'at most 1.2',
            of: (numbers: { mean(path: string, label: string): number }) => numbers.mean('complementGrowth', label),
            holds: (growth: number) => growth <= 1.2,
          })),
        },
        {
          text: 'a catapult flattens the network',
          checks: ['c = 1.1', 'c = 1.3', 'c = 1.5'].map((label) => lower('lambdaEnd', label, 'c = .5')),
        },
      ],
    },
    {
      title: 'Several catapults, by raising the rate to 1.15 n / lambda_max(K) J times; the same task',
      pipeline: 'catapultsPipeline',
      parameters: { size: 'small' },
      variants: counts.map((catapults) => ({
        label: `J = ${catapults}`,
        parameters: { catapults },
        ...(catapults === 0 ? { control: true } : {}),
      })),
      columns: [
        { header: 'test loss', path: 'testLoss.after', name: 'testLoss', unit: 'loss' },
        { header: 'AGOP alignment', path: 'agopAlignment.after', name: 'alignment', unit: 'cosine' },
        { header: 'catapults found', path: 'catapults', unit: 'catapults' },
        { header: 'lambda end', path: 'lambdaMax.after', name: 'lambdaEnd', unit: 'eigenvalue' },
        { header: 'steps', path: 'steps', unit: 'steps' },
      ],
      claims: [
        {
          text: 'the test loss falls with each catapult',
          checks: counts.slice(1).map((J) => lower('testLoss.after', `J = ${J}`, `J = ${J - 1}`)),
        },
        {
          text: 'the AGOP alignment rises with each catapult',
          checks: counts.slice(1).map((J) => higher('agopAlignment.after', `J = ${J}`, `J = ${J - 1}`)),
        },
      ],
    },
    {
      title:
        'Catapults on demand: k bursts led by the measured kernel, then half the initial critical rate; the same task',
      pipeline: 'feedbackControlPipeline',
      variants: [
        { label: 'k = 0', parameters: { bursts: 0 }, control: true },
        { label: 'k = 1', parameters: { bursts: 1 } },
        { label: 'k = 2', parameters: { bursts: 2 } },
        { label: 'k = 3', parameters: { bursts: 3 } },
        { label: '.9 critical throughout', parameters: { follow: 0.9 }, control: true },
        // The rate of k = 0: the kernel is .16 of its, and at half of its own critical rate it would grow and diverge.
        { label: 'initial weights x .4', parameters: { bursts: 0, initialScale: 0.4, base: 0.08 }, control: true },
      ],
      columns: [
        { header: 'test loss', path: 'testLoss', unit: 'loss' },
        { header: 'AGOP alignment', path: 'alignment', unit: 'cosine' },
        { header: 'lambda start', path: 'lambdaStart', unit: 'eigenvalue' },
        { header: 'end', path: 'lambdaEnd', unit: 'eigenvalue' },
        { header: 'diverged', path: 'diverged', unit: 'share of runs' },
        { header: 'steps', path: 'steps', unit: 'steps' },
      ],
      claims: [
        {
          text: 'bursts lower the test loss',
          checks: ['k = 1', 'k = 2', 'k = 3'].map((label) => lower('testLoss', label, 'k = 0')),
        },
        {
          text: 'bursts align the AGOP',
          checks: ['k = 1', 'k = 2', 'k = 3'].map((label) => higher('alignment', label, 'k = 0')),
        },
        {
          text: 'a rate that is merely larger, and never critical, does nothing',
          control: true,
          checks: [
            {
              kind: 'value',
              text: 'test loss at .9 critical throughout over that of k = 0',
              expected: '0.9 to 1.1',
              of: (numbers) => numbers.mean('testLoss', '.9 critical throughout') / numbers.mean('testLoss', 'k = 0'),
              holds: (ratio) => ratio > 0.9 && ratio < 1.1,
            },
          ],
        },
        {
          text: 'smaller initial weights give most of what one burst gives, without any catapult: that the spike is needed is not shown',
          control: true,
          checks: [
            lower('testLoss', 'initial weights x .4', 'k = 0'),
            {
              kind: 'value',
              text: 'share of the gain of k = 1 that initial weights x .4 have',
              expected: 'above 0.5',
              of: (numbers) => {
                const [none, one, small] = ['k = 0', 'k = 1', 'initial weights x .4'].map((label) =>
                  numbers.mean('testLoss', label),
                );
                return (none! - small!) / (none! - one!);
              },
              holds: (share) => share > 0.5,
            },
          ],
        },
      ],
    },
  ],
};
