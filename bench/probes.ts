import { lastValueFrom, tap } from 'rxjs';
import type { BackendName } from '../src/backend/chooseBackend.ts';
import { mlp } from '../src/models/mlp.ts';
import { adam } from '../src/optimizers/adam.ts';
import { gradientDescent } from '../src/optimizers/gradientDescent.ts';
import type { Optimizer } from '../src/optimizers/optimizer.ts';
import type { Lens } from '../src/probe.ts';
import { normalArray, randomStream } from '../src/randomness.ts';
import type { Dataset, Task } from '../src/tasks/task.ts';
import { train } from '../src/training/train.ts';
import { median } from './median.ts';

export interface ProbeCost {
  readonly network: string;
  readonly probe: string;
  /** Milliseconds of a step without the probe, and with it at every step. */
  readonly bare: number;
  readonly full: number;
  readonly ratio: number;
}

export interface ProbeNetwork {
  readonly sizes: readonly number[];
  readonly samples: number;
}

interface Question {
  readonly ask: (lens: Lens) => unknown;
  readonly optimizer?: Optimizer;
}

/** What is asked at every step, of the whole batch. Warm-started where the quantity is. */
const questions: Readonly<Record<string, Question>> = {
  'tangent kernel': { ask: (lens) => lens.tangentKernel() },
  'tangent kernel summed over outputs': { ask: (lens) => lens.outputSummedTangentKernel() },
  'kernel and its top eigenpair': { ask: (lens) => lens.tangentKernelEigenpairs(1) },
  'loss split, ranks 1 and 5': { ask: (lens) => [lens.lossSplit(1), lens.lossSplit(5)] },
  'critical rate under Adam': { ask: (lens) => lens.preconditionedCriticalLearningRate(), optimizer: adam() },
  'Hessian product': { ask: (lens) => lens.hessianProduct(unitVector(lens)) },
  'Hessian, top eigenpair': { ask: (lens) => lens.hessianEigenpairs(1) },
  'Hessian, trace from 10': { ask: (lens) => lens.hessianTraceEstimate(10) },
  sharpness: { ask: (lens) => lens.sharpness(0.05) },
  'worst rise, 10 steps': { ask: (lens) => lens.worstRiseEstimate(0.05, 10) },
  'sample gradient norms': { ask: (lens) => lens.sampleGradientNorms() },
  'AGOP, 5 eigenpairs and trace': { ask: (lens) => [lens.agopEigenpairs(5), lens.agopTrace()] },
  'feature matrix and AGOP': { ask: (lens) => lens.featureCorrelation() },
  'parameter norms': { ask: (lens) => lens.parameterNorms() },
  'relu pattern': { ask: (lens) => lens.activationPattern() },
};

const directions = new Map<number, Float32Array>();

function unitVector(lens: Lens): Float32Array {
  const { length } = lens.gradient() as Float32Array;
  if (!directions.has(length)) directions.set(length, new Float32Array(length).fill(1 / Math.sqrt(length)));
  return directions.get(length)!;
}

export const probeNetworks: readonly ProbeNetwork[] = [
  { sizes: [100, 1024, 1], samples: 128 },
  { sizes: [100, 512, 512, 512, 1], samples: 128 },
  { sizes: [784, 256, 256, 10], samples: 64 },
];

/** The network of the second line with n, its widths, and its depth doubled. */
export const doubledNetworks: readonly ProbeNetwork[] = [
  { sizes: [100, 256, 256, 1], samples: 64 },
  { sizes: [100, 256, 256, 1], samples: 128 },
  { sizes: [100, 512, 512, 1], samples: 64 },
  { sizes: [100, 256, 256, 256, 256, 1], samples: 64 },
];

export const questionsOfGrowth = ['tangent kernel', 'critical rate under Adam', 'Hessian, top eigenpair'] as const;

/**
 * Cost of each probe at every step over the bare training step, in alternating runs of `steps` updates in this process;
 * medians of the runs' mean times and of their ratios.
 */
export async function benchProbes(
  networks: readonly ProbeNetwork[],
  names: readonly string[] = Object.keys(questions),
  backend: BackendName = 'wasm',
  runs = 3,
): Promise<ProbeCost[]> {
  const rows: ProbeCost[] = [];
  for (const network of networks) {
    for (const name of names) {
      const { ask, optimizer = gradientDescent() } = questions[name]!;
      await timeOf(network, optimizer, backend, ask);
      await timeOf(network, optimizer, backend);
      const bare: number[] = [];
      const full: number[] = [];
      for (let run = 0; run < runs; run++) {
        bare.push(await timeOf(network, optimizer, backend));
        full.push(await timeOf(network, optimizer, backend, ask));
      }
      rows.push({
        network: `[${network.sizes}] n=${network.samples}`,
        probe: name,
        bare: median(bare),
        full: median(full),
        ratio: median(full.map((value, run) => value / bare[run]!)),
      });
    }
  }
  return rows;
}

/** Milliseconds a step. */
async function timeOf(
  { sizes, samples }: ProbeNetwork,
  optimizer: Optimizer,
  backend: BackendName,
  ask?: (lens: Lens) => unknown,
): Promise<number> {
  const steps = 8;
  let start = 0;
  await lastValueFrom(
    train({
      task: noise(sizes[0]!, sizes.at(-1)!, samples),
      model: mlp({ widths: sizes.slice(1, -1) }),
      optimizer,
      learningRate: 1e-4,
      steps: steps + 2,
      backend,
      // Data, initialisation and the first solve, which starts from nowhere, are not what is measured.
      until: ({ step }) => {
        if (step === 2) start = performance.now();
        return false;
      },
    }).pipe(tap(({ probe }) => ask?.(probe.batch))),
  );
  return (performance.now() - start) / steps;
}

function noise(dimension: number, outputs: number, size: number): Task {
  const stream = randomStream(0, 'noise');
  const dataset = (count: number): Dataset => ({
    inputs: normalArray(stream, count * dimension, 1),
    targets: normalArray(stream, count * outputs, 1),
    size: count,
    dimension,
    outputs,
  });
  return {
    name: 'noise',
    classes: null,
    description: { task: 'noise' },
    data: () => ({ train: dataset(size), test: dataset(1) }),
  };
}
