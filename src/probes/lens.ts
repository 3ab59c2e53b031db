import { type Eventual, whenReady } from '../eventual.ts';
import { forward, type Parameters, sensitivities, type Trace } from '../models/model.ts';
import { type Eigenpairs, type LossSplit, ProbeExpiredError, type SymmetricMatrix } from '../probe.ts';
import type { TensorScope } from '../tensorScope.ts';
import { accuracy } from './accuracy.ts';
import { agop, agopAlignment } from './agop.ts';
import { criticalLearningRate } from './criticalLearningRate.ts';
import { lossSplit } from './lossSplit.ts';
import { read } from './read.ts';
import { riseShare } from './riseShare.ts';
import type { Samples } from './samples.ts';
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

  outputSummedTangentKernel(): Eventual<SymmetricMatrix> {
    return this.once('outputSummedTangentKernel', () => outputSummedTangentKernel(this));
  }

  tangentKernelEigenpairs(rank: number): Eventual<Eigenpairs> {
    return tangentKernelEigenpairs(this, rank);
  }

  lossSplit(rank: number): Eventual<LossSplit> {
    return this.once(`lossSplit ${rank}`, () => lossSplit(this, tangentKernelEigenpairs(this, rank)));
  }

  riseShare(before: Float32Array, rank: number): Eventual<number | null> {
    return riseShare(this, before, rank);
  }

  criticalLearningRate(): Eventual<number> {
    return this.once('criticalLearningRate', () => criticalLearningRate(this));
  }

  agop(): Eventual<SymmetricMatrix> {
    return this.once('agop', () => agop(this));
  }

  agopAlignment(): Eventual<number> {
    return this.once('agopAlignment', () => agopAlignment(this));
  }
}
