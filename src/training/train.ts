import { Observable, type Subscriber } from 'rxjs';
import { type BackendChoice, useBackend } from '../backend/chooseBackend.ts';
import { gradientDescent } from '../optimizers/gradientDescent.ts';
import { Run, type RunMetadata } from '../run.ts';
import { type TrainingStep, trainingStepColumns } from '../step.ts';
import { type Checkpoint, checkpointFormat, operatorsOf, type SavedBackend, type TrainingState } from './checkpoint.ts';
import { checkFit } from './checkpointFit.ts';
import { ControlMessage } from './control.ts';
import { dataFingerprint } from './dataFingerprint.ts';
import { Gate } from './gate.ts';
import { LearningRate } from './learningRate.ts';
import { Trainer, type Turn } from './trainer.ts';
import { checkOptions, checkSpec, type TrainingOptions, type TrainingSpec } from './trainingSpec.ts';

/** Longest time, in milliseconds, that training keeps the event loop to itself. */
const slice = 8;

/**
 * Trains a model: each subscription is a run of its own.
 *
 * ```
 * train(spec)   --s0--s1--s2-- ... --sN--|
 * ```
 *
 * A step is emitted before its update is applied: its loss is that of the current parameters, and its
 * probe looks at the model as it is. The loop yields to the event loop at least every 8 ms, takes no next
 * step while a row is held, and ends early after a row whose loss is not finite (the row is emitted).
 * Unsubscribing stops it and frees every tensor.
 *
 * @example
 * train({ task: lowRankRegression(), model: mlp({ widths: [256] }), learningRate: 1, steps: 200 })
 *   .pipe(tangentKernel(), spikes())
 *   .subscribe((row) => console.log(row.step, row.loss, row.tangentKernel.lambdaMax));
 *
 * With `checkpoints` it saves itself, and with `resume` it goes on from what was saved: bit for bit, as if it had never
 * stopped.
 *
 * @throws {RangeError | TypeError} at once, naming field and value, when the spec is not usable. What only
 * the data can show (a batch larger than the training set, an unreadable file, a checkpoint of another run) is an error
 * of the stream.
 */
export function train(spec: TrainingSpec, options: TrainingOptions = {}): Observable<TrainingStep> {
  checkSpec(spec);
  checkOptions(options);
  return new Observable((subscriber) => {
    new Driver(spec, options, subscriber);
  });
}

/** Pulls a trainer's turns and shares the event loop with everybody else. */
class Driver {
  readonly #spec: TrainingSpec;
  readonly #options: TrainingOptions;
  readonly #subscriber: Subscriber<TrainingStep>;
  readonly #learningRate: LearningRate;
  readonly #gate = new Gate();
  #turns: Generator<Turn, void> | undefined;
  #running = false;

  constructor(spec: TrainingSpec, options: TrainingOptions, subscriber: Subscriber<TrainingStep>) {
    this.#spec = spec;
    this.#options = options;
    this.#subscriber = subscriber;
    this.#learningRate = new LearningRate(spec.learningRate);
    subscriber.add(() => this.#end());
    subscriber.add(
      options.control$?.subscribe({
        next: (message) => this.#obey(message),
        error: (error) => subscriber.error(error),
      }),
    );
    this.#prepare().catch((error) => subscriber.error(error));
  }

  /** Frees everything: now if the loop is at rest, else when the turn under way sees that nobody listens. */
  #end(): void {
    this.#learningRate.dispose();
    if (!this.#running) this.#turns?.return();
  }

  async #prepare(): Promise<void> {
    const { task, model, optimizer, steps, batchSize, loss, seed = 0 } = this.#spec;
    const { checkpoints, resume, exact = true } = this.#options;
    if (checkpoints !== undefined) this.#learningRate.checkSavable(String(described(this.#spec.learningRate)));
    const backend = await useBackend(this.#spec.backend ?? 'auto');
    const data = await task.data(seed);
    if (this.#subscriber.closed) return;
    const metadata: RunMetadata = {
      task: task.description,
      model: model.description,
      optimizer: optimizer?.description ?? gradientDescent().description,
      loss: loss ?? 'square',
      learningRate: described(this.#spec.learningRate),
      steps,
      expectedSteps: this.#spec.expectedSteps ?? steps,
      batchSize: batchSize ?? data.train.size,
      seed,
      agopReference: (this.#spec.agopReference ?? data.agopReference)?.from ?? null,
      backend: backend.name,
      backendLibrary: `${backend.library} ${backend.version}`,
      ...inexactSince(resume, savedBackend(backend)),
    };
    const fingerprint =
      checkpoints === undefined && resume === undefined
        ? ''
        : dataFingerprint(data, this.#spec.agopReference ?? data.agopReference);
    if (resume !== undefined) checkFit(resume, { metadata, backend: savedBackend(backend), data: fingerprint }, exact);
    const name = this.#spec.name ?? `${task.name}-${model.name}-seed${seed}`;
    const run = Run.ofTraining(name, trainingStepColumns, metadata, resume);
    const trainer = new Trainer(this.#spec, data, run, this.#learningRate, resume);
    const save =
      checkpoints &&
      (async (state: TrainingState) => {
        const memories = await run.saved();
        await checkpoints.put({
          ...state,
          format: checkpointFormat,
          run: name,
          beganAt: resume?.step ?? 0,
          spec: metadata,
          backend: savedBackend(backend),
          data: fingerprint,
          operators: operatorsOf(run),
          memories,
        });
      });
    this.#turns = trainer.turns(this.#subscriber, this.#gate, save && { every: checkpoints.every, save });
    this.#drive();
  }

  /** Takes turns until the slice is over, a promise is to be waited for, or the run ends. */
  #drive(): void {
    const turns = this.#turns!;
    const until = performance.now() + slice;
    this.#running = true;
    try {
      for (;;) {
        const { done, value } = turns.next();
        if (done) {
          this.#subscriber.complete();
          return;
        }
        if (this.#subscriber.closed) {
          turns.return();
          return;
        }
        if (value !== undefined) {
          value.then(
            () => this.#drive(),
            (error) => this.#subscriber.error(error),
          );
          return;
        }
        if (performance.now() >= until) break;
      }
    } catch (error) {
      this.#subscriber.error(error);
      return;
    } finally {
      this.#running = false;
    }
    later(() => this.#drive());
  }

  #obey(message: ControlMessage): void {
    const { success, data } = ControlMessage.safeParse(message);
    if (!success) {
      this.#subscriber.error(
        new TypeError(
          `train: control message ${JSON.stringify(message)}: expected pause, resume, checkpoint, stop, or setLearningRate with a value of at least 0`,
        ),
      );
    } else if (data.type === 'checkpoint' && this.#options.checkpoints === undefined) {
      this.#subscriber.error(
        new TypeError('train: control message {"type":"checkpoint"}: expected a run with a place for checkpoints'),
      );
    } else if (data.type === 'setLearningRate') this.#learningRate.override(data.value);
    else this.#gate[data.type]();
  }
}

function savedBackend({ name, library, version, detail }: BackendChoice): SavedBackend {
  return { name, library, version, detail };
}

/** The first step that was not computed by the arithmetic of the one before: nothing where there is none. */
function inexactSince(resume: Checkpoint | undefined, backend: SavedBackend): RunMetadata {
  if (resume === undefined) return {};
  const { inexactSince: since } = resume.spec;
  if (since !== undefined) return { inexactSince: since };
  return JSON.stringify(backend) === JSON.stringify(resume.backend) ? {} : { inexactSince: resume.step };
}

function described(rate: TrainingSpec['learningRate']): string | number {
  if (typeof rate === 'number') return rate;
  if (typeof rate === 'function') return rate.name || 'a function of the step';
  return 'name' in rate && typeof rate.name === 'string' ? rate.name : 'a stream';
}

/** After pending I/O and timers have had their turn. */
function later(task: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(task);
  else setTimeout(task, 0);
}
