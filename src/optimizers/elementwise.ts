import * as tf from '@tensorflow/tfjs-core';
import type { PreconditionerFactory } from './preconditioner.ts';

/** A diagonal preconditioner, which differs from the others in its formulas only. */
export interface ElementwiseFormula<Name extends string> {
  /** The tensors it keeps for each parameter, of the parameter's shape, and what they are filled with at first. */
  readonly initial: Readonly<Record<Name, number>>;
  readonly definedAtStart: boolean;
  /** The tensors after the gradient of update number `step`, from 1. Runs inside a tidy. */
  absorb(kept: Readonly<Record<Name, tf.Tensor>>, gradient: tf.Tensor, step: number): Record<Name, tf.Tensor>;
  /** P^{-1} d after `step` updates. Runs inside a tidy. */
  apply(kept: Readonly<Record<Name, tf.Tensor>>, direction: tf.Tensor, step: number): tf.Tensor;
}

export function elementwise<Name extends string>(formula: ElementwiseFormula<Name>): PreconditionerFactory {
  return ({ parameters }, state) => {
    const names = Object.keys(formula.initial) as Name[];
    for (const { name, shape } of parameters) {
      for (const kept of names) state.put(`${kept}/${name}`, tf.fill([...shape], formula.initial[kept], 'float32'));
    }
    const keptFor = (index: number) =>
      Object.fromEntries(names.map((kept) => [kept, state.get(`${kept}/${parameters[index]!.name}`)])) as Record<
        Name,
        tf.Tensor
      >;
    return {
      diagonal: true,
      definedAtStart: formula.definedAtStart,
      absorb(gradients, step) {
        gradients.forEach((gradient, index) => {
          const next = tf.tidy(() => formula.absorb(keptFor(index), gradient, step));
          for (const kept of names) state.put(`${kept}/${parameters[index]!.name}`, next[kept]);
        });
      },
      apply: (directions, step) =>
        directions.map((direction, index) => tf.tidy(() => formula.apply(keptFor(index), direction, step))),
    };
  };
}
