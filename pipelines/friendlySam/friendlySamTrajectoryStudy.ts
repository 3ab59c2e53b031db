import type { PartNumbers } from '../study/partNumbers.ts';
import { higher, lower, type Study } from '../study/study.ts';

/** Claims: the noise of batches takes over as training goes on; perturbations flatten; the average estimates the gradient. */
export const friendlySamTrajectoryStudy: Study = {
  name: 'friendly-sam-trajectory',
  description: 'Friendly SAM: what batches, their average and the friendly direction have of the full gradient',
  source: 'Li et al. 2024 (arXiv 2403.12350)',
  parts: [
    {
      title:
        'MNIST, 1000 images, 20 % wrong classes; a hidden layer of 128, rho .3; quarters of a run, measured in mid-epoch; sharpness within .5',
      pipeline: 'friendlySamPipeline',
      parameters: { setting: 'trajectory' },
      variants: [
        { label: 'SGD', parameters: { method: 'sgd' } },
        { label: 'SAM', parameters: { method: 'sam' } },
        { label: 'F-SAM', parameters: { method: 'f-sam' } },
        {
          label: 'SGD, b = 256',
          parameters: { method: 'sgd', batchSize: 256, epochs: 200, fullGradientEvery: 10 },
          control: true,
        },
      ],
      columns: [
        ...quarters('cos(batch, full)', 'batchCosine'),
        ...quarters('noise', 'noiseShare'),
        ...quarters('cos(average, full)', 'averageCosine'),
        ...quarters('cos(friendly, full)', 'friendlyCosine'),
        { header: 'sharpness', path: 'sharpness.last', unit: 'loss' },
        { header: 'test accuracy', path: 'testPercent', unit: '%' },
      ],
      claims: [
        {
          text: 'the noise of the batch takes over as training goes on',
          checks: ['SGD', 'SAM', 'F-SAM'].map((label) => ({
            kind: 'value' as const,
            text: `share of noise, last quarter minus first, ${label}, least over the seeds`,
            expected: 'above 0',
            of: (numbers: PartNumbers) =>
              Math.min(
                ...numbers
                  .together(['noiseShare.quarter4', 'noiseShare.quarter1'], label)
                  .map(([late, early]) => late! - early!),
              ),
            holds: (difference: number) => difference > 0,
          })),
        },
        {
          text: 'larger batches have less noise',
          checks: [lower('noiseShare.quarter2', 'SGD, b = 256', 'SGD')],
        },
        {
          text: 'SAM and F-SAM end in flatter places than SGD',
          checks: [lower('sharpness.last', 'SAM', 'SGD'), lower('sharpness.last', 'F-SAM', 'SGD')],
        },
        {
          text: 'the friendly direction has less of the full gradient than the batch',
          checks: [
            {
              kind: 'value',
              text: 'cosines of friendly direction minus batch with the full gradient, second quarter, F-SAM, mean',
              expected: 'below 0',
              of: (numbers) =>
                numbers.mean('friendlyCosine.quarter2', 'F-SAM') - numbers.mean('batchCosine.quarter2', 'F-SAM'),
              holds: (difference) => difference < 0,
            },
          ],
        },
        {
          text: 'the average is a better estimate of the full gradient than the batch alone, from the first quarter on',
          control: true,
          checks: ['1', '2', '3', '4'].map((quarter) => ({
            kind: 'value' as const,
            text: `cosines of average minus batch with the full gradient, SGD, mean, quarter ${quarter}`,
            expected: 'above 0',
            of: (numbers: PartNumbers) =>
              numbers.mean(`averageCosine.quarter${quarter}`, 'SGD') -
              numbers.mean(`batchCosine.quarter${quarter}`, 'SGD'),
            holds: (difference: number) => difference > 0,
          })),
        },
        {
          text: 'the flatter network generalises better: F-SAM beside SAM',
          control: true,
          checks: [lower('sharpness.last', 'F-SAM', 'SAM'), higher('testPercent', 'F-SAM', 'SAM')],
        },
      ],
    },
  ],
};

/** The first quarter of a run and the last. */
function quarters(header: string, path: string) {
  return [1, 4].map((quarter) => ({
    header: quarter === 1 ? `${header}, first` : 'last',
    path: `${path}.quarter${quarter}`,
    unit: '1',
  }));
}
