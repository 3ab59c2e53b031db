import { z } from 'zod';
import { mlp } from '../../src/models/mlp.ts';
import { raiseToCritical } from '../../src/training/schedules/raiseToCritical.ts';
import type { TrainingSpec } from '../../src/training/trainingSpec.ts';
import { checked } from '../../src/validation.ts';
import type { Pipeline } from '../pipeline.ts';
import { type CatapultRow, catapultRows } from './catapultRows.ts';
import { CatapultSummary } from './catapultSummary.ts';
import { catapultTask } from './catapultTask.ts';

/** Settings known to show the effect; any of them can be given instead. */
const sizes = {
  /** Test loss 1.14 without catapults, about .63 after six; AGOP alignment .3 -> .75. */
  default: { dimension: 50, samples: 300, width: 512, factor: 1.25, catapults: 6, expectedSteps: 800 },
  /** Test loss .47 without catapults, about .28 after four. */
  small: { dimension: 20, samples: 200, width: 256, factor: 1.15, catapults: 4, expectedSteps: 240 },
};

/** For images the number of samples and the factor are others; the dimension is that of the images. */
const imageSizes = {
  default: { samples: 128, width: 512, factor: 1.2, catapults: 4, expectedSteps: 180 },
  small: { samples: 64, width: 256, factor: 1.2, catapults: 3, expectedSteps: 180 },
};

const Options = z.strictObject({
  task: z
    .enum(['r2', 'r3', 'r4', 'r4s', 'mnist', 'images'])
    .optional()
    .describe('what to learn (default: r2, or images where files are given)'),
  size: z.enum(['default', 'small']).default('default').describe('a setting known to show the effect'),
  /** J; 0 trains at half the critical rate. */
  catapults: z.int().min(0).optional().describe('catapults to provoke'),
  /** c */
  factor: z.number().positive().optional().describe('learning rate at each raise, in units of the critical rate'),
  dimension: z.int().min(4).optional().describe('inputs of the regression tasks'),
  samples: z.int().min(2).optional().describe('training samples'),
  testSamples: z.int().min(1).default(1000).describe('test samples'),
  width: z.int().min(1).optional().describe('width of the hidden layers'),
  depth: z.int().min(1).default(1).describe('hidden layers'),
  seed: z.int().default(0).describe('determines data, initialisation and order'),
  steps: z.int().min(1).default(3000).describe('most updates to make'),
  /** Not before the catapults are over. */
  stopAt: z.number().positive().optional().describe('training loss at which the run ends (default: .001, images .01)'),
  images: z.string().optional().describe('IDX file of images to learn, with labels'),
  labels: z.string().optional().describe('IDX file of their labels'),
  testImages: z.string().optional().describe('IDX file of images to test on, with labels; default: drawn from images'),
  testLabels: z.string().optional().describe('IDX file of their labels'),
  backend: z.enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu']).default('auto').describe('where to compute'),
});

export type CatapultsOptions = z.input<typeof Options>;

/**
 * Catapults in full-batch gradient descent, provoked one after the other by raising the learning rate to c
 * times the critical rate of the kernel as it is: test loss falls and the AGOP turns towards that of the true
 * function with each.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), sections 3 and 4.
 */
export const catapultsPipeline: Pipeline<typeof Options, CatapultRow> = {
  name: 'catapults',
  description: 'provoke catapults in gradient descent and watch the network learn its features',
  options: Options,
  prepare: async (options, context = {}) => {
    const given = checked('catapults', Options, options);
    // Files of one's own are a task of their own.
    const chosen = { ...given, task: given.task ?? (given.images === undefined ? 'r2' : 'images') };
    const ofImages = chosen.task === 'mnist' || chosen.task === 'images';
    const size = ofImages ? { dimension: 0, ...imageSizes[chosen.size] } : sizes[chosen.size];
    const samples = chosen.samples ?? size.samples;
    const jumps = chosen.catapults ?? size.catapults;
    const task = await catapultTask(
      { ...chosen, samples, dimension: chosen.dimension ?? size.dimension },
      context.progress ?? (() => {}),
    );
    const stopAt = chosen.stopAt ?? (ofImages ? 1e-2 : 1e-3);
    const spec: TrainingSpec = {
      name: `catapults-${task.task.name}-${chosen.size}-seed${chosen.seed}`,
      task: task.task,
      model: mlp({ widths: new Array<number>(chosen.depth).fill(chosen.width ?? size.width) }),
      learningRate: raiseToCritical({ factor: chosen.factor ?? size.factor, catapults: jumps }),
      steps: chosen.steps,
      expectedSteps: Math.min(chosen.steps, size.expectedSteps),
      seed: chosen.seed,
      backend: chosen.backend,
      until: (row) => row.loss < stopAt,
      ...(task.agopReference === undefined ? {} : { agopReference: task.agopReference }),
    };
    const { control$ } = context;
    const training = { ...(control$ === undefined ? {} : { control$ }), ...(await context.training?.(spec.name!)) };
    return { name: spec.name!, rows: catapultRows(spec, training), summary: new CatapultSummary() };
  },
};
