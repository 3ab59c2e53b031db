import { Observable, type Subscriber } from 'rxjs';
import { useBackend } from '../backend/chooseBackend.ts';
import { gradientDescent } from '../optimizers/gradientDescent.ts';
import { Run } from '../run.ts';
import { type TrainingStep, trainingStepColumns } from '../step.ts';
import { ControlMessage } from './control.ts';
import { Gate } from './gate.ts';
import { LearningRate } from './learningRate.ts';
import { Trainer, type Turn } from './trainer.ts';
import { checkSpec, type TrainingOptions, type TrainingSpec } from './trainingSpec.ts';

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
 * @throws {RangeError | TypeError} at once, naming field and value, when the spec is not usable. What only
 * the data can show (a batch larger than the training set, an unreadable file) is an error of the stream.
 */
export function train(spec: TrainingSpec, options: TrainingOptions = {}): Observable<TrainingStep> {
  checkSpec(spec);
  return new Observable((subscriber) => {
    new Driver(spec, options, subscriber);
  });
}

/** Pulls a trainer's turns and shares the event loop with everybody else. */
class Driver {
  readonly #spec: TrainingSpec;
  readonly #subscriber: Subscriber<TrainingStep>;
  readonly #learningRate: LearningRate;
  readonly #gate = new Gate();
  #turns: Generator<Turn, void> | undefined;
  #running = false;

  constructor(spec: TrainingSpec, options: TrainingOptions, subscriber: Subscriber<TrainingStep>) {
    this.#spec = spec;
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
    const backend = await useBackend(this.#spec.backend ?? 'auto');
    const data = await task.data(seed);
    if (this.#subscriber.closed) return;
    const run = new Run(this.#spec.name ?? `${task.name}-${model.name}-seed${seed}`, trainingStepColumns, {
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
    });
    const trainer = new Trainer(this.#spec, data, run, this.#learningRate);
    this.#turns = trainer.turns(this.#subscriber, this.#gate);
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
          `train: control message ${JSON.stringify(message)}: expected pause, resume, stop, or setLearningRate with a value of at least 0`,
        ),
      );
    } else if (data.type === 'setLearningRate') this.#learningRate.override(data.value);
    else this.#gate[data.type]();
  }
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
