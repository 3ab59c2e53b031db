import * as tf from '@tensorflow/tfjs-core';
import type { GradientFactors } from '../models/layer.ts';
import type { ParameterSlot } from './optimizer.ts';
import type { Factors } from './preconditioner.ts';

/** What a Kronecker-factored preconditioner works on: one parameter, or a weight with its bias, as a matrix. */
export interface Block {
  /** The parameter's name; `W1+b1` where they are joined. */
  readonly name: string;
  /** Sizes of the axes that have a factor each: two of a matrix, one of a vector. */
  readonly sizes: readonly number[];
  /** The block `[rows, columns]` of tensors in the order of the parameters; a vector is one column. Runs inside a tidy. */
  gather(tensors: readonly tf.Tensor[]): tf.Tensor2D;
  /** Factors of the block, where it is a matrix that has them. */
  factors(of: Factors | undefined): GradientFactors | null;
  /** The one tensor, or weight and bias, of a block. Runs inside a tidy. */
  scatter(block: tf.Tensor2D): tf.Tensor[];
}

/**
 * Sees each parameter as a matrix or a vector, in order: axes of size 1 are dropped, and of more than two axes all but the
 * last are taken as one (a convolution kernel is `[height * width * in, out]`).
 * @param joint a weight `[..., out]` and the bias `[out]` that follows it in its layer become one block, the bias
 * its last row, when the factors are to know how both depend on each other.
 */
export function blocks(parameters: readonly ParameterSlot[], joint: boolean): Block[] {
  const found: Block[] = [];
  for (let index = 0; index < parameters.length; index++) {
    const weight = parameters[index]!;
    const bias = parameters[index + 1];
    const outputs = weight.shape.at(-1);
    const joined =
      joint &&
      bias?.group === weight.group &&
      weight.shape.length > 1 &&
      bias.shape.length === 1 &&
      bias.shape[0] === outputs;
    found.push(joined ? jointBlock(weight, bias, index) : singleBlock(weight, index));
    if (joined) index++;
  }
  return found;
}

function singleBlock({ name, shape }: ParameterSlot, index: number): Block {
  const axes = shape.filter((size) => size > 1);
  const columns = axes.length > 1 ? axes.at(-1)! : 1;
  const rows = axes.reduce((product, size) => product * size, 1) / columns;
  return {
    name,
    sizes: columns > 1 ? [rows, columns] : [rows],
    gather: (tensors) => tf.reshape(tensors[index]!, [rows, columns]),
    factors: (of) => (columns > 1 ? (of?.[index] ?? null) : null),
    scatter: (block) => [tf.reshape(block, [...shape])],
  };
}

function jointBlock(weight: ParameterSlot, bias: ParameterSlot, index: number): Block {
  const outputs = weight.shape.at(-1)!;
  const inputs = weight.shape.reduce((product, size) => product * size, 1) / outputs;
  return {
    name: `${weight.name}+${bias.name}`,
    sizes: outputs > 1 ? [inputs + 1, outputs] : [inputs + 1],
    gather: (tensors) =>
      tf.concat2d([tf.reshape(tensors[index]!, [inputs, outputs]), tf.reshape(tensors[index + 1]!, [1, outputs])], 0),
    factors: () => null,
    scatter: (block) => [
      tf.reshape(tf.slice2d(block, [0, 0], [inputs, outputs]), [...weight.shape]),
      tf.reshape(tf.slice2d(block, [inputs, 0], [1, outputs]), [outputs]),
    ],
  };
}

/** Maps directions block by block. */
export function throughBlocks(
  all: readonly Block[],
  directions: readonly tf.Tensor[],
  map: (block: Block, direction: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor[] {
  return all.flatMap((block) => tf.tidy(() => block.scatter(map(block, block.gather(directions)))));
}
