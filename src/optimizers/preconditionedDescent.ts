import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { type Eventual, whenReady } from '../eventual.ts';
import type { Json } from '../run.ts';
import { movingAverage } from './movingAverage.ts';
import type { NamedTensor, Optimizer, OptimizerRun, OptimizerState, OptimizerStep } from './optimizer.ts';
import type { Preconditioner, PreconditionerFactory } from './preconditioner.ts';
import { StateTensors } from './stateTensors.ts';

/** Options of every method with momentum: v <- beta v + u, v = 0 at first; w <- w - lr v. */
export const momentumOptions = {
  momentum: z.number().min(0).lt(1).default(0),
  /** w <- w - lr (u + beta v) with the new v: Nesterov's momentum as in Sutskever et al. 2013 and PyTorch. */
  nesterov: z.boolean().default(false),
};

/** Options of every method with weight decay. */
export const decayOptions = {
  weightDecay: z.number().min(0).default(0),
  /**
   * Where the decay d enters. `coupled`: into the gradient, g + d w (L2). `decoupled`: w (1 - lr d) beside the
   * update (Loshchilov and Hutter 2019, arXiv 1711.05101). `beforeMomentum`: P^{-1} g + d w, so that momentum
   * sees it and the preconditioner does not (Lin et al. 2024, arXiv 2402.03496).
   */
  decay: z.enum(['coupled', 'decoupled', 'beforeMomentum']).default('coupled'),
};

/** How gradients of several steps add up. */
export type Momentum =
  | { readonly kind: 'heavyBall' | 'nesterov'; readonly beta: number }
  /** m <- beta m + (1 - beta) g before the preconditioner; corrected: divided by 1 - beta^t. */
  | { readonly kind: 'average'; readonly beta: number; readonly corrected: boolean };

/** What tells one method from another. */
export interface DescentMethod {
  readonly name: string;
  readonly description: Json;
  readonly momentum: Momentum;
  readonly weightDecay: number;
  readonly decay: z.output<typeof decayOptions.decay>;
  /** None: the identity. */
  readonly preconditioner?: PreconditionerFactory;
}

/** The momentum that the options of {@link momentumOptions} ask for. */
export function momentumOf(options: { readonly momentum: number; readonly nesterov: boolean }): Momentum {
  return { kind: options.nesterov ? 'nesterov' : 'heavyBall', beta: options.momentum };
}

/**
 * The update that all methods share, in this order:
 * g + d w (coupled decay); P takes g in; average of gradients; P^{-1}; + d w (decay before momentum);
 * momentum; w (1 - lr d) - lr u (decoupled decay). What a method does not ask for costs nothing.
 */
export function preconditionedDescent(method: DescentMethod): Optimizer {
  const { kind, beta } = method.momentum;
  return {
    name: method.name,
    description: method.description,
    momentum: kind === 'average' ? 0 : beta,
    timeScale: kind === 'average' ? 1 : 1 / (1 - beta),
    preconditioned: method.preconditioner !== undefined,
    stabilityLimit: (2 * (1 + beta)) / { heavyBall: 1, nesterov: 1 + 2 * beta, average: 1 - beta }[kind],
    start: (run) => new DescentState(method, run),
  };
}

const Scalars = z.object({ steps: z.int().min(0) });

class DescentState implements OptimizerState {
  readonly #method: DescentMethod;
  readonly #names: readonly string[];
  readonly #state = new StateTensors();
  readonly #preconditioner: Preconditioner | undefined;
  readonly denominators?: () => tf.Tensor[] | null;
  #steps = 0;

  constructor(method: DescentMethod, run: OptimizerRun) {
    this.#method = method;
    this.#names = run.parameters.map(({ name }) => `momentum/${name}`);
    if (method.momentum.beta > 0) {
      for (const { name, shape } of run.parameters) this.#state.put(`momentum/${name}`, tf.zeros([...shape]));
    }
    this.#preconditioner = method.preconditioner?.(run, this.#state);
    if (this.#preconditioner?.diagonal) this.denominators = () => this.#diagonal(run);
  }

  #diagonal({ parameters }: OptimizerRun): tf.Tensor[] | null {
    const ones = parameters.map(({ shape }) => tf.ones([...shape]));
    const inverse = this.precondition(ones);
    const diagonal = inverse?.map((tensor) => tf.tidy(() => tf.reciprocal(tensor))) ?? null;
    tf.dispose([ones, inverse ?? []]);
    return diagonal;
  }

  update({ parameters, gradients, factors, learningRate }: OptimizerStep): Eventual<tf.Tensor[]> {
    const { momentum, weightDecay, decay } = this.#method;
    const coupled = decay === 'coupled' && weightDecay > 0;
    const seen = coupled ? plusMultiples(gradients, parameters, weightDecay) : gradients;
    const factorsSeen = coupled ? undefined : factors;
    return whenReady(this.#preconditioner?.absorb(seen, this.#steps + 1, factorsSeen), () => {
      this.#steps++;
      const averages = momentum.kind === 'average' && momentum.beta > 0;
      const averaged = averages ? seen.map((gradient, index) => this.#average(gradient, index)) : seen;
      const directions =
        this.#preconditioner?.apply(averaged, this.#steps, averages ? undefined : factorsSeen) ?? averaged;
      const corrected = momentum.kind === 'average' && momentum.corrected;
      const rate = corrected ? learningRate / (1 - momentum.beta ** this.#steps) : learningRate;
      const updated = parameters.map((parameter, index) =>
        tf.tidy(() => {
          let direction = directions[index]!;
          if (decay === 'beforeMomentum' && weightDecay > 0) {
            direction = tf.add(direction, tf.mul(parameter, weightDecay));
          }
          if (!averages && momentum.beta > 0) direction = this.#withMomentum(direction, index);
          const kept =
            decay === 'decoupled' && weightDecay > 0 ? tf.mul(parameter, 1 - learningRate * weightDecay) : parameter;
          return tf.sub(kept, tf.mul(direction, rate)) as tf.Tensor;
        }),
      );
      if (directions !== averaged) for (const tensor of directions) tensor.dispose();
      if (coupled) for (const tensor of seen) tensor.dispose();
      return updated;
    });
  }

  /** The average, which stays the state's. */
  #average(gradient: tf.Tensor, index: number): tf.Tensor {
    const { beta } = this.#method.momentum;
    const name = this.#names[index]!;
    const average = tf.tidy(() => movingAverage(this.#state.get(name), gradient, beta));
    this.#state.put(name, average);
    return average;
  }

  /** Runs inside a tidy. */
  #withMomentum(direction: tf.Tensor, index: number): tf.Tensor {
    const { beta, kind } = this.#method.momentum;
    const name = this.#names[index]!;
    const velocity = tf.add(tf.mul(this.#state.get(name), beta), direction);
    this.#state.put(name, velocity);
    return kind === 'nesterov' ? tf.add(direction, tf.mul(velocity, beta)) : velocity;
  }

  precondition(directions: readonly tf.Tensor[]): tf.Tensor[] | null {
    const preconditioner = this.#preconditioner;
    if (preconditioner === undefined) return directions.map((direction) => tf.clone(direction));
    if (this.#steps === 0 && !preconditioner.definedAtStart) return null;
    return preconditioner.apply(directions, this.#steps);
  }

  tensors(): readonly NamedTensor[] {
    return this.#state.named();
  }

  scalars(): Json {
    return { steps: this.#steps };
  }

  restore(tensors: readonly NamedTensor[], scalars: Json): void {
    const saved = Scalars.safeParse(scalars);
    if (!saved.success) {
      throw new RangeError(`optimizer state: scalars = ${JSON.stringify(scalars)}: expected the number of steps`);
    }
    this.#state.restore(tensors);
    this.#steps = saved.data.steps;
  }

  dispose(): void {
    this.#state.dispose();
  }
}

function plusMultiples(tensors: readonly tf.Tensor[], others: readonly tf.Tensor[], factor: number): tf.Tensor[] {
  return tensors.map((tensor, index) => tf.tidy(() => tf.add(tensor, tf.mul(others[index]!, factor)) as tf.Tensor));
}
