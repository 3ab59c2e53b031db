import type { Tensor } from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import { forward, type Parameters, sensitivities, type Trace } from '../models/model.ts';
import {
  type Eigenpairs,
  type Estimate,
  type FeatureCorrelation,
  type HessianEnd,
  type KernelPrediction,
  type Lens,
  type LossSplit,
  ProbeExpiredError,
  type SymmetricMatrix,
} from '../probe.ts';
import type { TensorScope } from '../tensorScope.ts';
import { accuracy } from './accuracy.ts';
import { activationPattern } from './activationPattern.ts';
import { agop, agopAlignment, agopTrace, named } from './agop.ts';
import { agopEigenpairs } from './agopEigenpairs.ts';
import { averageInputGradient } from './averageInputGradient.ts';
import {
  criticalLearningRate,
  gaussNewtonEigenvalue,
  preconditionedCriticalLearningRate,
} from './criticalLearningRate.ts';
import { denominators } from './denominators.ts';
import { featureCorrelation, featureMatrix } from './featureMatrix.ts';
import { hessianCriticalLearningRate, hessianEigenpairs } from './hessianEigenpairs.ts';
import { hessianProduct } from './hessianProduct.ts';
import { hessianTraceEstimate } from './hessianTrace.ts';
import { targetAlignment } from './kernelComparison.ts';
import { kernelPredictor } from './kernelPredictor.ts';
import { lossGradient } from './lossGradients.ts';
import { lossSplit, residualSplit } from './lossSplit.ts';
import { homogeneity, margins } from './margins.ts';
import { parameterNorms } from './parameterNorms.ts';
import { read } from './read.ts';
import { riseShare } from './riseShare.ts';
import { sampleGradientNorms } from './sampleGradientNorms.ts';
import type { Samples } from './samples.ts';
import { sharpness, worstRiseEstimate } from './sharpness.ts';
import { outputSummedTangentKernel, tangentKernel } from './tangentKernel.ts';
import { tangentKernelEigenpairs } from './tangentKernelEigenpairs.ts';
import type { KernelMemory, LensSubject, WorkingLens } from './workingLens.ts';

/**
 * The model of one step seen on some samples: a memo of quantities. The computations themselves are
 * functions of the lens, one a file beside this one; all share its forward pass and its sensitivities.
 */
export class ModelLens implements WorkingLens {
  readonly subject: LensSubject;
  readonly samples: Samples;
  readonly scope: TensorScope;
  readonly memory: KernelMemory;
  readonly #step: number;
  #parameters: Parameters | undefined;
  readonly #memo = new Map<string, unknown>();

  constructor(
    subject: LensSubject,
    parameters: Parameters,
    samples: Samples,
    scope: TensorScope,
    memory: KernelMemory,
    step: number,
  ) {
    this.subject = subject;
    this.#parameters = parameters;
    this.samples = samples;
    this.scope = scope;
    this.memory = memory;
    this.#step = step;
  }

  get size(): number {
    return this.samples.size;
  }

  get outputs(): number {
    return this.samples.outputs;
  }

  get dimension(): number {
    return this.samples.dimension;
  }

  /** @throws {ProbeExpiredError} after the step's delivery. */
  get parameters(): Parameters {
    if (this.#parameters === undefined) throw new ProbeExpiredError(this.#step);
    return this.#parameters;
  }

  /** Ends the lens: what it computed is let go, and asking again is an error. */
  expire(): void {
    this.#parameters = undefined;
    this.#memo.clear();
  }

  /** The quantity of that name, computed the first time. */
  once<T>(name: string, compute: () => T): T {
    if (this.#parameters === undefined) throw new ProbeExpiredError(this.#step);
    if (!this.#memo.has(name)) this.#memo.set(name, compute());
    return this.#memo.get(name) as T;
  }

  /** The forward pass. */
  trace(): Trace {
    return this.once('trace', () => forward(this.subject.network, this.parameters, this.samples.inputs, this.scope));
  }

  /** Sensitivities of every output to every pre-activation. */
  sensitivities() {
    return this.once('sensitivities', () => sensitivities(this.trace(), this.scope));
  }

  /** The sensitivities if some probe has asked for them, so that the training step can use them too. */
  knownSensitivities(): ReturnType<ModelLens['sensitivities']> | undefined {
    return this.#memo.get('sensitivities') as ReturnType<ModelLens['sensitivities']> | undefined;
  }

  /** Likewise the gradient of the loss, in the order of the parameters; its tensors are the lens's. */
  knownLossGradients(): readonly Tensor[] | undefined {
    const known = this.#memo.get('lossGradients');
    return Array.isArray(known) ? known : undefined;
  }

  predictions(): Eventual<Float32Array> {
    return this.once('predictions', () => read(this.trace().outputs));
  }

  loss(): Eventual<number> {
    return this.once('loss', () =>
      whenReady(this.predictions(), (outputs) => this.subject.loss.value(outputs, this.samples.targets, this.size)),
    );
  }

  accuracy(): Eventual<number | null> {
    return this.once('accuracy', () => accuracy(this));
  }

  tangentKernel(): Eventual<SymmetricMatrix> {
    return this.once('tangentKernel', () => tangentKernel(this));
  }

  targetAlignment(kernel: SymmetricMatrix): number {
    return targetAlignment(kernel, this.samples.targets, this.outputs);
  }

  outputSummedTangentKernel(): Eventual<SymmetricMatrix> {
    return this.once('outputSummedTangentKernel', () => outputSummedTangentKernel(this));
  }

  tangentKernelEigenpairs(rank: number): Eventual<Eigenpairs> {
    return tangentKernelEigenpairs(this, rank);
  }

  lossSplit(by: number | Eigenpairs): Eventual<LossSplit> {
    if (typeof by !== 'number') return lossSplit(this, by);
    return this.once(`lossSplit ${by}`, () => lossSplit(this, tangentKernelEigenpairs(this, by)));
  }

  residualSplit(by: number | Eigenpairs): Eventual<LossSplit> {
    return residualSplit(this, typeof by === 'number' ? tangentKernelEigenpairs(this, by) : by);
  }

  riseShare(before: Float32Array, rank: number): Eventual<number | null> {
    return riseShare(this, before, rank);
  }

  criticalLearningRate(): Eventual<number> {
    return criticalLearningRate(this);
  }

  preconditionedCriticalLearningRate(): Eventual<number | null> {
    return preconditionedCriticalLearningRate(this);
  }

  gaussNewtonEigenvalue(): Eventual<number> {
    return gaussNewtonEigenvalue(this);
  }

  hessianCriticalLearningRate(): Eventual<number | null> {
    return hessianCriticalLearningRate(this);
  }

  gradient(): Eventual<Float32Array> {
    return lossGradient(this);
  }

  hessianProduct(direction: Float32Array): Eventual<Float32Array> {
    return hessianProduct(this, direction);
  }

  hessianEigenpairs(rank: number, end: HessianEnd = 'largest'): Eventual<Eigenpairs> {
    return hessianEigenpairs(this, rank, end);
  }

  hessianTraceEstimate(directions: number, seed = 0): Eventual<Estimate> {
    return hessianTraceEstimate(this, directions, seed);
  }

  sharpness(rho: number): Eventual<number> {
    return sharpness(this, rho);
  }

  worstRiseEstimate(rho: number, steps: number): Eventual<number> {
    return worstRiseEstimate(this, rho, steps);
  }

  averageInputGradient(): Eventual<Float32Array> {
    return averageInputGradient(this);
  }

  sampleGradientNorms(): Eventual<Float64Array> {
    return sampleGradientNorms(this);
  }

  parameterNorms(): Eventual<Float64Array> {
    return parameterNorms(this);
  }

  denominators(): Eventual<readonly Float32Array[] | null> {
    return denominators(this);
  }

  margins(): Eventual<Float64Array> {
    return this.once('margins', () => margins(this));
  }

  homogeneity(): Eventual<number | null> {
    return homogeneity(this);
  }

  activationPattern(): Eventual<Uint8Array | null> {
    return activationPattern(this);
  }

  kernelPredictor(fitted: Lens): Eventual<KernelPrediction> {
    return kernelPredictor(this, fitted as ModelLens);
  }

  agop(output?: number): Eventual<SymmetricMatrix> {
    return agop(this, output);
  }

  agopTrace(output?: number): Eventual<number> {
    return agopTrace(this, output);
  }

  agopEigenpairs(rank: number, output?: number): Eventual<Eigenpairs> {
    return agopEigenpairs(this, rank, output);
  }

  agopAlignment(output?: number): Eventual<number> {
    return this.once(named('agopAlignment', output), () => agopAlignment(this, output));
  }

  featureMatrix(): Eventual<SymmetricMatrix> {
    return featureMatrix(this);
  }

  featureCorrelation(root = false): Eventual<FeatureCorrelation> {
    return featureCorrelation(this, root);
  }
}
