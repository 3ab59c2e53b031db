import type { Loss } from './loss.ts';

/**
 * Cross-entropy. One output: logistic loss softplus(-y f) with targets y = -1 or 1. Several outputs:
 * softmax cross-entropy with one-hot (or probability) targets.
 */
export const crossEntropy: Loss = {
  name: 'crossEntropy',
  curvature: null,
  value(outputs, targets, size) {
    const classes = outputs.length / size;
    let sum = 0;
    if (classes === 1) {
      for (let i = 0; i < size; i++) sum += softplus(-targets[i]! * outputs[i]!);
      return sum / size;
    }
    for (let start = 0; start < outputs.length; start += classes) {
      const logNormaliser = logSumExp(outputs, start, classes);
      for (let o = start; o < start + classes; o++) {
        if (targets[o] !== 0) sum += targets[o]! * (logNormaliser - outputs[o]!);
      }
    }
    return sum / size;
  },
  outputGradient(outputs, targets, size) {
    const classes = outputs.length / size;
    const gradient = new Float32Array(outputs.length);
    if (classes === 1) {
      for (let i = 0; i < size; i++) gradient[i] = (-targets[i]! * sigmoid(-targets[i]! * outputs[i]!)) / size;
      return gradient;
    }
    // One exponential for each output: with many classes they are a good part of a small network's step.
    const powers = new Float64Array(classes);
    for (let start = 0; start < outputs.length; start += classes) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let o = 0; o < classes; o++) largest = Math.max(largest, outputs[start + o]!);
      let sum = 0;
      for (let o = 0; o < classes; o++) {
        powers[o] = Math.exp(outputs[start + o]! - largest);
        sum += powers[o]!;
      }
      for (let o = 0; o < classes; o++) gradient[start + o] = (powers[o]! / sum - targets[start + o]!) / size;
    }
    return gradient;
  },
  curvatureFactor(outputs, _targets, size) {
    const classes = outputs.length / size;
    if (classes === 1) {
      return Float64Array.from(outputs, (f) => Math.sqrt(sigmoid(f) * sigmoid(-f)));
    }
    // diag(p) - p p^T = B B^T with B = diag(sqrt p) - p sqrt(p)^T, because sum p = 1.
    const factor = new Float64Array(outputs.length * classes);
    for (let i = 0; i < size; i++) {
      const start = i * classes;
      const logNormaliser = logSumExp(outputs, start, classes);
      for (let o = 0; o < classes; o++) {
        const p = Math.exp(outputs[start + o]! - logNormaliser);
        for (let q = 0; q < classes; q++) {
          const root = Math.exp((outputs[start + q]! - logNormaliser) / 2);
          factor[(start + o) * classes + q] = (o === q ? root : 0) - p * root;
        }
      }
    }
    return factor;
  },
};

function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function logSumExp(values: Float32Array | Float64Array, start: number, count: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let o = start; o < start + count; o++) largest = Math.max(largest, values[o]!);
  let sum = 0;
  for (let o = start; o < start + count; o++) sum += Math.exp(values[o]! - largest);
  return largest + Math.log(sum);
}
