import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { type Eventual, whenReady } from '../eventual.ts';
import type { Json } from '../run.ts';
import { gradientDescent } from './gradientDescent.ts';
import type { NamedTensor, Optimizer, OptimizerRun, OptimizerState, OptimizerStep } from './optimizer.ts';
import { StateTensors } from './stateTensors.ts';

/** Options of every sharpness-aware method. */
export const sharpnessOptions = {
  /** Length of the perturbation, in units of the parameters. */
  rho: z.number().min(0).default(0.05),
  /** Updates before rho is the whole one; the first is made at 1 / warmUp of it. 0 and 1: whole from the first. */
  warmUp: z.int().min(0).default(0),
  /** What steps with the gradient found there; by default plain gradient descent. */
  base: z
    .custom<Optimizer>((value) => typeof (value as Optimizer | undefined)?.start === 'function', {
      error: 'expected an optimizer, such as gradientDescent({ momentum: 0.9 })',
    })
    .default(() => gradientDescent()),
};

/** Which way the parameters are perturbed, in one run; what it remembers lives in the state's tensors. */
export interface Perturbation {
  /**
   * The direction q for update number `step`, from 1: new tensors, or the step's own gradients. Perturbed by
   * rho q / |q|.
   */
  direction(step: OptimizerStep, count: number): Eventual<readonly tf.Tensor[]>;
}

export interface SharpnessAwareMethod {
  readonly name: string;
  readonly description: { readonly [option: string]: Json };
  readonly rho: number;
  /** Update number t, from 1, perturbs by rho min(1, t / warmUp). */
  readonly warmUp: number;
  /** Scales the direction by the squared parameters and its norm by their absolute values. */
  readonly adaptive: boolean;
  readonly base: Optimizer;
  readonly perturbation: (run: OptimizerRun, state: StateTensors) => Perturbation;
}

/**
 * Perturbs the parameters by e = rho q / (|q| + 1e-12), |q| over all parameters together, takes the gradient at
 * w + e, on the same batch, and lets the base optimizer step from w with it: weight decay and momentum are the
 * base's and do not see e. Adaptive: e = rho w^2 q / (| |w| q | + 1e-12), elementwise.
 * Sources: Foret et al. 2021 (arXiv 2010.01412), equation 2; Kwon et al. 2021 (arXiv 2102.11600), with 2-norms
 * and without its eta.
 */
export function sharpnessAware(method: SharpnessAwareMethod): Optimizer {
  const { name, description, rho, warmUp, adaptive, base } = method;
  return {
    name: `${name} over ${base.name}`,
    description: { ...description, rho, warmUp, adaptive, base: base.description },
    momentum: base.momentum,
    timeScale: base.timeScale,
    stabilityLimit: base.stabilityLimit,
    preconditioned: base.preconditioned,
    start: (run) => new SharpnessAwareState(method, run),
  };
}

const Scalars = z.object({ steps: z.int().min(0), base: z.custom<Json>((value) => value !== undefined) });

class SharpnessAwareState implements OptimizerState {
  readonly #method: SharpnessAwareMethod;
  readonly #state = new StateTensors();
  readonly #perturbation: Perturbation;
  readonly #base: OptimizerState;
  #steps = 0;

  constructor(method: SharpnessAwareMethod, run: OptimizerRun) {
    this.#method = method;
    this.#perturbation = method.perturbation(run, this.#state);
    this.#base = method.base.start(run);
  }

  update(step: OptimizerStep): Eventual<tf.Tensor[]> {
    const { adaptive } = this.#method;
    return whenReady(this.#perturbation.direction(step, this.#steps + 1), (direction) => {
      this.#steps++;
      const rho = this.#rho();
      const perturbed = tf.tidy(() => perturb(step.parameters, direction, rho, adaptive));
      if (direction !== step.gradients) for (const tensor of direction) tensor.dispose();
      return whenReady(step.gradientsAt(perturbed), (gradients) => {
        for (const tensor of perturbed) tensor.dispose();
        // The factors are those of the gradient at the parameters, not of this one.
        const { factors: _, ...seen } = step;
        return whenReady(this.#base.update({ ...seen, gradients }), (updated) => {
          for (const tensor of gradients) tensor.dispose();
          return updated;
        });
      });
    });
  }

  /** Of the update under way. */
  #rho(): number {
    const { rho, warmUp } = this.#method;
    return this.#steps < warmUp ? (rho * this.#steps) / warmUp : rho;
  }

  precondition(directions: readonly tf.Tensor[]): tf.Tensor[] | null {
    return this.#base.precondition(directions);
  }

  tensors(): readonly NamedTensor[] {
    return [
      ...this.#state.named(),
      ...this.#base.tensors().map(({ name, tensor }) => ({ name: `${prefix}${name}`, tensor })),
    ];
  }

  scalars(): Json {
    return { steps: this.#steps, base: this.#base.scalars() };
  }

  restore(tensors: readonly NamedTensor[], scalars: Json): void {
    const saved = Scalars.safeParse(scalars);
    if (!saved.success) {
      throw new RangeError(
        `optimizer state: scalars = ${JSON.stringify(scalars)}: expected the number of steps and the base's scalars`,
      );
    }
    const ofBase = tensors.filter(({ name }) => name.startsWith(prefix));
    this.#base.restore(
      ofBase.map(({ name, tensor }) => ({ name: name.slice(prefix.length), tensor })),
      saved.data.base,
    );
    this.#state.restore(tensors);
    this.#steps = saved.data.steps;
  }

  dispose(): void {
    this.#state.dispose();
    this.#base.dispose();
  }
}

const prefix = 'base/';

/** w + e, as new tensors. Runs inside a tidy. */
function perturb(
  parameters: readonly tf.Tensor[],
  direction: readonly tf.Tensor[],
  rho: number,
  adaptive: boolean,
): tf.Tensor[] {
  const measured = adaptive ? direction.map((tensor, index) => tf.mul(tensor, parameters[index]!)) : direction;
  const scale = tf.div(rho, tf.add(tf.sqrt(innerProduct(measured, measured)), 1e-12));
  return parameters.map((parameter, index) => {
    const scaled = tf.mul(measured[index]!, scale);
    return tf.add(parameter, adaptive ? tf.mul(scaled, parameter) : scaled);
  });
}

/** Sum of products over all tensors together: a scalar. Runs inside a tidy. */
export function innerProduct(left: readonly tf.Tensor[], right: readonly tf.Tensor[]): tf.Scalar {
  return left
    .map((tensor, index) => tf.sum(tensor === right[index] ? tf.square(tensor) : tf.mul(tensor, right[index]!)))
    .reduce((sum, term) => tf.add(sum, term)) as tf.Scalar;
}
