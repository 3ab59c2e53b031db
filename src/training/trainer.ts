import * as tf from '@tensorflow/tfjs-core';
import type { Subscriber } from 'rxjs';
import { type Eventual, isPromise, whenReady } from '../eventual.ts';
import { crossEntropy } from '../losses/crossEntropy.ts';
import { squareLoss } from '../losses/squareLoss.ts';
import { couplesSamples, evaluatedNetwork, initialState, nextState, stateDescriptions } from '../models/layerState.ts';
import {
  factoredGradients,
  forward,
  gradients,
  initialParameters,
  type Network,
  type Parameters,
} from '../models/model.ts';
import { gradientDescent } from '../optimizers/gradientDescent.ts';
import type { OptimizerState, OptimizerStep, ParameterSlot } from '../optimizers/optimizer.ts';
import { criticalRateRule } from '../probes/criticalLearningRate.ts';
import { hasFeatureMatrix } from '../probes/featureMatrix.ts';
import { ModelLens } from '../probes/lens.ts';
import { layersWithParameters } from '../probes/parameterNorms.ts';
import { read } from '../probes/read.ts';
import { type Samples, samplesOf } from '../probes/samples.ts';
import { kernelMemory } from '../probes/tangentKernelEigenpairs.ts';
import type { KernelMemory, LensSubject } from '../probes/workingLens.ts';
import type { Run } from '../run.ts';
import type { TrainingStep } from '../step.ts';
import type { TaskData } from '../tasks/task.ts';
import { TensorScope } from '../tensorScope.ts';
import { BatchOrder } from './batches.ts';
import type { Checkpoint, TrainingState } from './checkpoint.ts';
import { checkOperators } from './checkpointFit.ts';
import type { Gate } from './gate.ts';
import { largestRowNorm } from './largestRowNorm.ts';
import type { LearningRate } from './learningRate.ts';
import { LiveProbe } from './liveProbe.ts';
import { LiveStep } from './liveStep.ts';
import { restoredParameters } from './restoredParameters.ts';
import { restoredTensors, savedTensors } from './savedTensor.ts';
import { squaredNorm } from './squaredNorm.ts';
import { checkReference, type TrainingSpec } from './trainingSpec.ts';

/** What a training generator hands its driver: nothing, or a promise to wait for before going on. */
export type Turn = Promise<unknown> | undefined;

/** When to save the state between two steps, and how. */
export interface Saving {
  readonly every?: number | undefined;
  readonly save: (state: TrainingState) => Promise<void>;
}

/**
 * One run: owns the parameters, the data on the backend and everything a step computes. `turns` is the
 * training loop, to be pulled by a driver, which decides when the event loop gets its share.
 */
export class Trainer {
  readonly #spec: TrainingSpec;
  readonly #run: Run;
  readonly #learningRate: LearningRate;
  readonly #network: Network;
  readonly #subject: LensSubject;
  readonly #order: BatchOrder;
  readonly #data: TaskData;
  /** Holds the data sets: lives as long as the run. */
  readonly #constants = new TensorScope();
  readonly #train: Samples;
  readonly #optimizer: OptimizerState;
  readonly #usesFactors: boolean;
  readonly #timeScale: number;
  readonly #preconditioned: boolean;
  readonly #memories: Record<'batch' | 'train' | 'test', KernelMemory> = {
    batch: kernelMemory(),
    train: kernelMemory(),
    test: kernelMemory(),
  };
  readonly #startedAt: number;
  readonly #resume: Checkpoint | undefined;
  #parameters: tf.Tensor[][];
  /** What layers keep beside their parameters, by layer. */
  #state: tf.Tensor[][];
  #test: Samples | undefined;
  #time = 0;

  /**
   * @param resume a checkpoint that fits the spec and the data
   * @throws {CheckpointMismatchError} when its parameters are not those of the model
   * @throws {RangeError} when the optimizer's state is not
   */
  constructor(spec: TrainingSpec, data: TaskData, run: Run, learningRate: LearningRate, resume?: Checkpoint) {
    const optimizer = spec.optimizer ?? gradientDescent();
    const seed = spec.seed ?? 0;
    const agopReference = spec.agopReference ?? data.agopReference;
    if (agopReference !== undefined) checkReference(agopReference, data.train.dimension);
    this.#spec = spec;
    this.#run = run;
    this.#data = data;
    this.#learningRate = learningRate;
    this.#network = spec.model.build(data.train.dimension, data.train.outputs, data.train.image);
    this.#subject = {
      network: this.#network,
      loss: spec.loss === 'crossEntropy' ? crossEntropy : squareLoss,
      classes: spec.task.classes,
      agopReference,
      stabilityLimit: optimizer.stabilityLimit,
      precondition: optimizer.preconditioned ? (directions) => this.#optimizer.precondition(directions) : undefined,
      denominators: () => this.#optimizer.denominators?.() ?? null,
    };
    this.#order = new BatchOrder(data.train.size, spec.batchSize ?? data.train.size, seed);
    this.#optimizer = optimizer.start({
      parameters: parameterSlots(this.#network),
      batchSize: spec.batchSize ?? data.train.size,
    });
    this.#usesFactors = optimizer.usesFactors ?? false;
    this.#timeScale = optimizer.timeScale;
    this.#preconditioned = optimizer.preconditioned;
    this.#train = samplesOf(data.train, this.#constants);
    this.#startedAt = performance.now() - 1000 * (resume?.seconds ?? 0);
    this.#resume = resume;
    this.#parameters = initialParameters(this.#network, seed);
    this.#state = initialState(this.#network);
    if (resume === undefined) return;
    try {
      this.#restore(resume);
    } catch (error) {
      this.#dispose();
      throw error;
    }
  }

  /** The training loop. Returning early (`generator.return()`) frees every tensor, as finishing does. */
  *turns(subscriber: Subscriber<TrainingStep>, gate: Gate, saving?: Saving): Generator<Turn, void> {
    const first = this.#resume?.step ?? 0;
    try {
      // A run that was saved at its end has nothing left to do.
      if (first > this.#spec.steps) return;
      for (let step = first; ; step++) {
        let last = false;
        const scope = new TensorScope();
        const samples = this.#batch(step, scope);
        const probe = this.#probe(step, samples, scope);
        try {
          const loss = yield* settled(probe.batch.loss());
          const epoch = step / this.#order.stepsPerEpoch;
          const rate = yield* settled(
            this.#learningRate.of({
              step,
              epoch,
              time: this.#time,
              loss,
              probe,
              squaredNorm: () => squaredNorm(probe.batch.parameters),
              largestRowNorm: () => largestRowNorm(probe.batch.parameters),
            }),
          );
          const seconds = (performance.now() - this.#startedAt) / 1000;
          const row = new LiveStep(
            { step, epoch, time: this.#time, seconds, loss, learningRate: rate },
            this.#run,
            probe,
          );
          subscriber.next(row);
          if (subscriber.closed) return;
          const held = row.released();
          if (held !== undefined) yield held;
          if (this.#resume?.step === step) checkOperators(this.#resume, this.#run);
          if (!Number.isFinite(loss)) return;
          last =
            step >= this.#spec.steps ||
            gate.stopped ||
            (this.#learningRate.settled && (yield* settled(this.#spec.until?.(row) ?? false)));
          if (last && saving === undefined) return;
          yield* this.#update(step, probe, samples, rate);
        } finally {
          probe.expire();
          scope.dispose();
        }
        if (saving !== undefined && (last || (step + 1) % (saving.every ?? Number.POSITIVE_INFINITY) === 0))
          yield this.#save(saving, step + 1, gate);
        if (last) return;
        // A pause may be followed by another before the loop is back, or be interrupted by a wish.
        do {
          if (gate.saveAsked && saving !== undefined) yield this.#save(saving, step + 1, gate);
          yield gate.paused;
        } while (gate.paused !== undefined || gate.saveAsked);
      }
    } finally {
      this.#dispose();
    }
  }

  async #save({ save }: Saving, step: number, gate: Gate): Promise<void> {
    gate.saved();
    const parameters = [...this.#parameters.flat(), ...this.#state.flat()];
    const names = savedSlots(this.#network).map(({ name }) => name);
    const [saved, optimizer] = await Promise.all([
      savedTensors(names.map((name, index) => ({ name, tensor: parameters[index]! }))),
      savedTensors(this.#optimizer.tensors()),
    ]);
    await save({
      step,
      time: this.#time,
      seconds: (performance.now() - this.#startedAt) / 1000,
      parameters: saved,
      optimizer: { tensors: optimizer, scalars: this.#optimizer.scalars() },
      learningRate: this.#learningRate.save(),
      kernels: structuredClone(this.#memories),
    });
  }

  #restore(checkpoint: Checkpoint): void {
    const initial = [this.#parameters, this.#state];
    const restored = restoredParameters(checkpoint, savedSlots(this.#network));
    const count = this.#parameters.flat().length;
    this.#parameters = byLayer(restored.slice(0, count), this.#parameters);
    this.#state = byLayer(restored.slice(count), this.#state);
    tf.dispose(initial);
    const { time, optimizer, learningRate, kernels } = checkpoint;
    const tensors = restoredTensors(optimizer.tensors);
    try {
      this.#optimizer.restore(tensors, optimizer.scalars);
    } finally {
      for (const { tensor } of tensors) tensor.dispose();
    }
    this.#learningRate.restore(learningRate);
    for (const [name, memory] of Object.entries(this.#memories)) Object.assign(memory, structuredClone(kernels[name]));
    this.#time = time;
  }

  #batch(step: number, scope: TensorScope): Samples {
    return this.#samplesOf(this.#order.rows(step), scope);
  }

  #samplesOf(rows: Int32Array | undefined, scope: TensorScope): Samples {
    return rows === undefined ? this.#train : samplesOf(this.#data.train, scope, rows);
  }

  #probe(step: number, samples: Samples, scope: TensorScope): LiveProbe {
    const coupled = couplesSamples(this.#network);
    const evaluated = coupled
      ? { ...this.#subject, network: evaluatedNetwork(this.#network, this.#state) }
      : this.#subject;
    const lens = (name: 'batch' | 'train' | 'test', seen: Samples, subject = evaluated) =>
      new ModelLens(subject, this.#parameters, seen, scope, this.#memories[name], step);
    // Where samples are coupled the training set as it is evaluated is something else than a batch of all of it.
    const whole = samples === this.#train && !coupled;
    const previous = () => {
      if (step === 0) return null;
      const seen = samples === this.#train ? samples : this.#batch(step - 1, scope);
      // Its eigenvectors are not what those of the next batch are to start from.
      return new ModelLens(this.#subject, this.#parameters, seen, scope, kernelMemory(), step);
    };
    return new LiveProbe(
      {
        loss: this.#subject.loss.name,
        task: this.#spec.task.name,
        classes: this.#spec.task.classes !== null,
        agopReference: this.#subject.agopReference?.from ?? null,
        testSamples: this.#data.test.size,
        optimizer: (this.#spec.optimizer ?? gradientDescent()).name,
        denominators: this.#optimizer.denominators !== undefined,
        preconditioned: this.#preconditioned,
        criticalRateRule: criticalRateRule(this.#subject),
        layers: layersWithParameters(this.#network),
        denseFirstLayer: hasFeatureMatrix(this.#network),
        couplesSamples: coupled,
      },
      lens(whole ? 'train' : 'batch', samples, this.#subject),
      whole ? undefined : () => lens('train', this.#train),
      () => lens('test', this.#testSamples()),
      previous,
    );
  }

  /** The test set goes to the backend when somebody first asks about it. */
  #testSamples(): Samples {
    this.#test ??= samplesOf(this.#data.test, this.#constants);
    return this.#test;
  }

  *#update(step: number, probe: LiveProbe, samples: Samples, learningRate: number): Generator<Turn, void> {
    const lens = probe.batch;
    const predictions = yield* settled(lens.predictions());
    const outputGradient = this.#outputGradient(predictions, samples);
    const found = this.#found(lens, outputGradient);
    outputGradient.dispose();
    let updated: tf.Tensor[];
    try {
      updated = yield* settled(
        this.#optimizer.update({
          parameters: this.#parameters.flat(),
          ...found,
          learningRate,
          gradientsAt: (parameters, where = 'batch') =>
            this.#gradientsAt(this.#byLayer(parameters), where, step, samples),
        }),
      );
    } finally {
      for (const gradient of found.gradients) gradient.dispose();
      for (const factors of found.factors ?? []) {
        factors?.left.dispose();
        factors?.right.dispose();
      }
    }
    const state = nextState(this.#network, this.#state, lens.trace().layers);
    for (const tensor of [...this.#parameters.flat(), ...this.#state.flat()]) tensor.dispose();
    this.#state = state;
    this.#parameters = this.#byLayer(updated.map((parameter) => tf.keep(parameter)));
    this.#time += learningRate * this.#timeScale;
  }

  #byLayer(flat: readonly tf.Tensor[]): tf.Tensor[][] {
    return byLayer(flat, this.#parameters);
  }

  /** Gradients somewhere else than at the parameters of the step, for optimizers that look around. */
  #gradientsAt(
    parameters: Parameters,
    where: 'batch' | 'train' | number,
    step: number,
    batch: Samples,
  ): Eventual<tf.Tensor[]> {
    const scope = new TensorScope();
    const rows = where === 'train' || where === 'batch' ? undefined : this.#order.more(step, where);
    const samples = where === 'batch' ? batch : this.#samplesOf(rows, scope);
    const trace = forward(this.#network, parameters, samples.inputs, scope);
    return whenReady(read(trace.outputs), (predictions) => {
      const outputGradient = this.#outputGradient(predictions, samples);
      const found = gradients(trace, outputGradient).flat();
      outputGradient.dispose();
      scope.dispose();
      return found;
    });
  }

  /** Of the step's samples; with their factors for optimizers that use them. */
  #found(lens: ModelLens, outputGradient: tf.Tensor2D): Pick<OptimizerStep, 'gradients' | 'factors'> {
    const known = lens.knownSensitivities();
    if (!this.#usesFactors) {
      const gradient = lens.knownLossGradients();
      if (gradient !== undefined) return { gradients: gradient.map((tensor) => tensor.clone()) };
      return { gradients: gradients(lens.trace(), outputGradient, known).flat() };
    }
    const found = factoredGradients(lens.trace(), outputGradient, known);
    return { gradients: found.gradients.flat(), factors: found.factors.flat() };
  }

  #outputGradient(predictions: Float32Array, { size, outputs, targets }: Samples): tf.Tensor2D {
    return tf.tensor2d(this.#subject.loss.outputGradient(predictions, targets, size), [size, outputs]);
  }

  #dispose(): void {
    for (const tensor of [...this.#parameters.flat(), ...this.#state.flat()]) tensor.dispose();
    this.#optimizer.dispose();
    this.#constants.dispose();
  }
}

/** A flat list in layers like those of `like`. */
function byLayer(flat: readonly tf.Tensor[], like: readonly (readonly tf.Tensor[])[]): tf.Tensor[][] {
  let next = 0;
  return like.map((layer) => layer.map(() => flat[next++]!));
}

/** What a checkpoint saves of the model: its parameters, then the state of its layers. */
function savedSlots(network: Network): ParameterSlot[] {
  return [
    ...parameterSlots(network),
    ...stateDescriptions(network).map(({ name, shape }) => ({ name, shape, group: -1 })),
  ];
}

function parameterSlots({ layers }: Network): ParameterSlot[] {
  const groups = new Map<string, number>();
  return layers.flatMap((layer, index) =>
    layer.parameters.map(({ name, shape, group = '' }) => {
      const key = `${index} ${group}`;
      if (!groups.has(key)) groups.set(key, groups.size);
      return { name, shape, group: groups.get(key)! };
    }),
  );
}

/** The value, waiting for it where it is a promise. */
function* settled<T>(value: Eventual<T>): Generator<Promise<unknown>, T> {
  if (!isPromise(value)) return value;
  let result: T | undefined;
  yield whenReady(value, (ready) => {
    result = ready;
  }) as Promise<unknown>;
  return result as T;
}
