import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../../src/eventual.ts';
import type {
  NamedTensor,
  Optimizer,
  OptimizerRun,
  OptimizerState,
  OptimizerStep,
} from '../../src/optimizers/optimizer.ts';
import { read } from '../../src/probes/read.ts';
import type { Json } from '../../src/run.ts';

/** A run beside the run, from the same initial parameters and with the same batches. */
export interface Twin {
  /** Factor on its loss. */
  readonly lossScale: number;
  readonly optimizer: Optimizer;
}

/** Largest difference of any parameter of a twin from the run's own after the latest update, by the twin's name. */
export type Deviations = { [twin: string]: number };

interface SavedTwins {
  readonly own: Json;
  readonly twins: { readonly [twin: string]: Json };
  readonly deviations: { readonly [twin: string]: number };
}

/** The optimizer of the run, with twins that train along. @param deviations is written to at every update */
export function withTwins(own: Optimizer, twins: Readonly<Record<string, Twin>>, deviations: Deviations): Optimizer {
  return {
    ...own,
    name: `${own.name} with twins`,
    description: {
      optimizer: own.description,
      twins: Object.fromEntries(
        Object.entries(twins).map(([name, { lossScale, optimizer }]) => [
          name,
          { lossScale, optimizer: optimizer.description },
        ]),
      ),
    },
    usesFactors: false,
    start: (run) => new TwinsState(own.start(run), run, twins, deviations),
  };
}

interface RunningTwin extends Twin {
  readonly name: string;
  readonly state: OptimizerState;
  parameters: tf.Tensor[];
}

class TwinsState implements OptimizerState {
  readonly #own: OptimizerState;
  readonly #twins: readonly RunningTwin[];
  readonly #run: OptimizerRun;
  readonly #deviations: Deviations;

  constructor(own: OptimizerState, run: OptimizerRun, twins: Readonly<Record<string, Twin>>, deviations: Deviations) {
    this.#own = own;
    this.#run = run;
    this.#deviations = deviations;
    this.#twins = Object.entries(twins).map(([name, twin]) => {
      deviations[name] = 0;
      return { name, ...twin, state: twin.optimizer.start(run), parameters: [] };
    });
  }

  update(step: OptimizerStep): Eventual<tf.Tensor[]> {
    for (const twin of this.#twins) {
      if (twin.parameters.length === 0) twin.parameters = step.parameters.map((tensor) => tf.keep(tf.clone(tensor)));
    }
    return whenReady(this.#own.update(step), (updated) =>
      this.#twins.reduce<Eventual<tf.Tensor[]>>(
        (before, twin) => whenReady(before, () => whenReady(this.#move(twin, step, updated), () => updated)),
        updated,
      ),
    );
  }

  #move(twin: RunningTwin, step: OptimizerStep, own: readonly tf.Tensor[]): Eventual<void> {
    const { lossScale, state, parameters } = twin;
    return whenReady(step.gradientsAt(parameters), (found) => {
      const gradients = found.map((gradient) => tf.mul(gradient, lossScale));
      tf.dispose(found);
      return whenReady(state.update({ ...step, parameters, gradients }), (updated) => {
        tf.dispose([gradients, parameters]);
        twin.parameters = updated.map((tensor) => tf.keep(tensor));
        const largest = tf.tidy(() =>
          tf.max(tf.stack(updated.map((tensor, index) => tf.max(tf.abs(tf.sub(tensor, own[index]!)))))),
        );
        return whenReady(read(largest), (numbers) => {
          largest.dispose();
          this.#deviations[twin.name] = numbers[0]!;
        });
      });
    });
  }

  precondition(directions: readonly tf.Tensor[]): tf.Tensor[] | null {
    return this.#own.precondition(directions);
  }

  tensors(): readonly NamedTensor[] {
    return [
      ...this.#own.tensors(),
      ...this.#twins.flatMap(({ name, state, parameters }) => [
        ...state.tensors().map((kept) => ({ ...kept, name: `${name}: ${kept.name}` })),
        ...parameters.map((tensor, index) => ({ name: `${name}: ${this.#run.parameters[index]!.name}`, tensor })),
      ]),
    ];
  }

  scalars(): Json {
    return {
      own: this.#own.scalars(),
      twins: Object.fromEntries(this.#twins.map(({ name, state }) => [name, state.scalars()])),
      deviations: { ...this.#deviations },
    };
  }

  restore(tensors: readonly NamedTensor[], scalars: Json): void {
    const { own, twins, deviations } = scalars as unknown as SavedTwins;
    this.#own.restore(tensors, own);
    for (const twin of this.#twins) {
      const prefix = `${twin.name}: `;
      const saved = tensors
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name, tensor }) => ({ name: name.slice(prefix.length), tensor }));
      twin.state.restore(saved, twins[twin.name]!);
      const byName = new Map(saved.map(({ name, tensor }) => [name, tensor]));
      const found = this.#run.parameters.map(({ name }) => byName.get(name));
      if (found.some((tensor) => tensor === undefined)) {
        throw new RangeError(`optimizer state: the parameters of ${twin.name} are missing: expected all of them`);
      }
      tf.dispose(twin.parameters);
      twin.parameters = found.map((tensor) => tf.keep(tf.clone(tensor!)));
    }
    Object.assign(this.#deviations, deviations);
  }

  dispose(): void {
    this.#own.dispose();
    for (const { state, parameters } of this.#twins) {
      state.dispose();
      tf.dispose(parameters);
    }
  }
}
