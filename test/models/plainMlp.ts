/**
 * A multilayer perceptron in plain float64 arithmetic, forward only: the independent route against which the
 * library's layers, gradients and probes are held. Everything else about it is found by finite differences.
 */
export interface PlainMlp {
  readonly inputs: number;
  readonly widths: readonly number[];
  readonly outputs: number;
  readonly activation: 'relu' | 'tanh' | 'erf';
  readonly parameterization: 'ntk' | 'standard';
  readonly bias: boolean;
}

/** Parameters in the order W1, b1, W2, b2, ...; weights `[in, out]`, row-major. */
export function parameterCount(net: PlainMlp): number {
  const sizes = [net.inputs, ...net.widths, net.outputs];
  return sizes.slice(1).reduce((sum, size, index) => sum + sizes[index]! * size + (net.bias ? size : 0), 0);
}

export interface PlainPass {
  readonly outputs: number[];
  /** The smallest |preactivation| of a hidden unit: how far the pass is from a kink of relu. */
  readonly distanceToKink: number;
}

export function plainForward(net: PlainMlp, parameters: ArrayLike<number>, input: readonly number[]): PlainPass {
  const sizes = [net.inputs, ...net.widths, net.outputs];
  const last = sizes.length - 2;
  // The paper's factor on hidden activations: 1 with one hidden layer, sqrt 2 with more.
  const gain =
    net.parameterization === 'ntk' && net.activation === 'relu' && net.widths.length > 1 && !net.bias ? Math.SQRT2 : 1;
  let at = 0;
  let seen: number[] = [...input];
  let distanceToKink = Number.POSITIVE_INFINITY;
  for (let layer = 0; layer <= last; layer++) {
    const fanIn = sizes[layer]!;
    const fanOut = sizes[layer + 1]!;
    const scale = net.parameterization === 'ntk' ? 1 / Math.sqrt(fanIn) : 1;
    const preactivations: number[] = [];
    for (let out = 0; out < fanOut; out++) {
      let sum = net.bias ? parameters[at + fanIn * fanOut + out]! : 0;
      for (let i = 0; i < fanIn; i++) sum += scale * seen[i]! * parameters[at + i * fanOut + out]!;
      preactivations.push(sum);
    }
    at += fanIn * fanOut + (net.bias ? fanOut : 0);
    if (layer === last) return { outputs: preactivations, distanceToKink };
    for (const z of preactivations) distanceToKink = Math.min(distanceToKink, Math.abs(z));
    seen = preactivations.map((z) => gain * activation(net.activation, z));
  }
  throw new Error('a network has at least one layer');
}

function activation(name: PlainMlp['activation'], z: number): number {
  if (name === 'relu') return Math.max(z, 0);
  return name === 'tanh' ? Math.tanh(z) : erf(z);
}

/** 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 3 ... (2n+1)): no cancellation, so good to the last digits. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = 0;
  for (let n = 0; Math.abs(term) > 1e-18 * Math.abs(sum) || n === 0; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export type PlainLoss = 'square' | 'logistic' | 'softmax';

/** Loss of one sample: square (sum over outputs), softplus(-y f), or softmax cross-entropy. */
export function plainLoss(loss: PlainLoss, outputs: readonly number[], targets: readonly number[]): number {
  if (loss === 'square') return outputs.reduce((sum, f, o) => sum + (f - targets[o]!) ** 2, 0);
  if (loss === 'logistic') return Math.log1p(Math.exp(-targets[0]! * outputs[0]!));
  const normaliser = Math.log(outputs.reduce((sum, f) => sum + Math.exp(f), 0));
  return outputs.reduce((sum, f, o) => sum + targets[o]! * (normaliser - f), 0);
}
