import { higher, lower, type Study } from '../study/study.ts';

/** Claim: the smaller the batches, the more spikes, the better aligned the AGOP, and the lower the test loss. */
export const batchSizeStudy: Study = {
  name: 'batch-size',
  description: 'Catapults in SGD: smaller batches spike more often and generalise better',
  source: 'Zhu et al. 2024 (arXiv 2306.04815), section 4',
  parts: [
    {
      title: 'r2, d = 20, n = 200, two layers of width 256; constant rate .7 of the critical one of the training set',
      pipeline: 'batchSizePipeline',
      variants: [
        { label: 'b = 5', parameters: { batchSize: 5 } },
        { label: 'b = 10', parameters: { batchSize: 10 } },
        { label: 'b = 25', parameters: { batchSize: 25 } },
        { label: 'b = 50', parameters: { batchSize: 50 } },
        { label: 'b = 200', parameters: { batchSize: 200 } },
        { label: 'b = 5, rate .07', parameters: { batchSize: 5, factor: 0.07 }, control: true },
      ],
      columns: [
        { header: 'spikes', path: 'spikes', unit: 'spikes' },
        { header: 'spikes()', path: 'found.spike', name: 'detected', unit: 'spikes' },
        { header: 'test loss', path: 'testLoss', unit: 'loss' },
        { header: 'AGOP', path: 'alignment', unit: 'cosine' },
        { header: 'rose below', path: 'roseBelowCritical', unit: '1' },
        { header: 'rose above', path: 'roseAboveCritical', unit: '1' },
        { header: 'steps', path: 'steps', unit: 'steps' },
      ],
      claims: [
        {
          text: 'smaller batches spike more often',
          checks: [
            higher('spikes', 'b = 5', 'b = 10'),
            higher('spikes', 'b = 10', 'b = 25'),
            higher('spikes', 'b = 10', 'b = 200'),
          ],
        },
        {
          text: 'smaller batches have a lower test loss',
          checks: [
            lower('testLoss', 'b = 5', 'b = 200'),
            lower('testLoss', 'b = 5', 'b = 10'),
            lower('testLoss', 'b = 10', 'b = 200'),
            lower('testLoss', 'b = 25', 'b = 200'),
          ],
        },
        {
          text: 'smaller batches have a better aligned AGOP',
          checks: [
            higher('alignment', 'b = 5', 'b = 200'),
            higher('alignment', 'b = 5', 'b = 10'),
            higher('alignment', 'b = 10', 'b = 200'),
            higher('alignment', 'b = 25', 'b = 200'),
          ],
        },
        {
          text: 'below the critical rate of its batch an update lowers the loss of that batch, above it need not',
          checks: [
            {
              kind: 'value',
              text: 'share of updates below the critical rate after which the loss of the batch had risen',
              expected: 'at most 0.001',
              of: (numbers) => pooledShare(numbers.together(['stableRose', 'stableUpdates'])),
              holds: (share) => share <= 0.001,
            },
            {
              kind: 'value',
              text: 'the same above the critical rate',
              expected: 'at least 0.1',
              of: (numbers) => pooledShare(numbers.together(['unstableRose', 'unstableUpdates'])),
              holds: (share) => share >= 0.1,
            },
          ],
        },
        {
          text: 'batches of 5 at a tenth of the rate, which do not spike, are nevertheless better than the whole set',
          control: true,
          checks: [
            lower('spikes', 'b = 5, rate .07', 'b = 5'),
            lower('testLoss', 'b = 5, rate .07', 'b = 200'),
            lower('testLoss', 'b = 5', 'b = 5, rate .07'),
            {
              kind: 'value',
              text: 'share of the gain in test loss that comes without a spike',
              expected: 'below 0.5',
              of: (numbers) => {
                const [whole, small, calm] = ['b = 200', 'b = 5', 'b = 5, rate .07'].map((label) =>
                  numbers.mean('testLoss', label),
                );
                return (whole! - calm!) / (whole! - small!);
              },
              holds: (share) => share < 0.5,
            },
          ],
        },
      ],
    },
  ],
};

function pooledShare(pairs: readonly number[][]): number {
  const total = (index: number) => pairs.reduce((sum, pair) => sum + pair[index]!, 0);
  return total(0) / total(1);
}
