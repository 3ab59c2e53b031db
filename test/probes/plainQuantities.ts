import { randomStream } from '../../src/randomness.ts';
import { hessian, jacobian } from '../models/finiteDifferences.ts';
import { type PlainLoss, parameterCount, plainForward, plainLoss } from '../models/plainMlp.ts';
import { type RandomNet, randomNets } from '../models/randomNets.ts';

export function inner(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

/** d outputs / d parameters of every sample, stacked: `n c` rows, sample-major. */
export function parameterJacobian({ net, parameters, inputs }: RandomNet): number[][] {
  return inputs.flatMap((x) => jacobian((at) => plainForward(net, at, x).outputs, parameters));
}

/** d outputs / d inputs of every sample, stacked. */
export function inputJacobian({ net, parameters, inputs }: RandomNet): number[][] {
  return inputs.flatMap((x) => jacobian((at) => plainForward(net, parameters, [...at]).outputs, x));
}

/** G = (1/n) J^T J, row-major. */
export function plainAgop(random: RandomNet): number[] {
  const rows = inputJacobian(random);
  const d = random.net.inputs;
  return Array.from(
    { length: d * d },
    (_, index) =>
      rows.reduce((sum, row) => sum + row[Math.floor(index / d)]! * row[index % d]!, 0) / random.inputs.length,
  );
}

/** Targets that suit the loss. */
export function targetsFor(loss: PlainLoss, { net, inputs, seed }: RandomNet): number[][] {
  const stream = randomStream(seed, 'targets');
  return inputs.map(() => {
    if (loss === 'square') return Array.from({ length: net.outputs }, () => Math.fround(stream.normal()));
    if (loss === 'logistic') return [stream.integer(2) === 0 ? -1 : 1];
    const right = stream.integer(net.outputs);
    return Array.from({ length: net.outputs }, (_, o) => (o === right ? 1 : 0));
  });
}

export function lossOf(
  { net, inputs }: RandomNet,
  loss: PlainLoss,
  targets: readonly number[][],
  at: ArrayLike<number>,
) {
  const sum = inputs.reduce((total, x, i) => total + plainLoss(loss, plainForward(net, at, x).outputs, targets[i]!), 0);
  return sum / inputs.length;
}

/** Gauss-Newton matrix (1/n) sum_i J_i^T H_i J_i, with the loss's curvature H_i by finite differences. */
export function gaussNewton(random: RandomNet, loss: PlainLoss, targets: readonly number[][]): Float64Array {
  const { net, parameters, inputs } = random;
  const count = parameterCount(net);
  const matrix = new Float64Array(count * count);
  inputs.forEach((x, i) => {
    const rows = jacobian((at) => plainForward(net, at, x).outputs, parameters);
    const curvature = hessian((f) => plainLoss(loss, [...f], targets[i]!), plainForward(net, parameters, x).outputs);
    for (let o = 0; o < net.outputs; o++) {
      for (let p = 0; p < net.outputs; p++) {
        const weight = curvature[o]![p]! / inputs.length;
        for (let a = 0; a < count; a++) {
          for (let b = 0; b < count; b++) matrix[a * count + b]! += weight * rows[o]![a]! * rows[p]![b]!;
        }
      }
    }
  });
  return matrix;
}

export const losses = {
  square: randomNets(),
  logistic: randomNets({ outputs: { min: 1, max: 1 } }),
  softmax: randomNets({ outputs: { min: 2, max: 3 } }),
} as const;
