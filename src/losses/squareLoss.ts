import type { Loss } from './loss.ts';

/** L = (1/n) sum_i sum_o (f_o(x_i) - y_io)^2: mean over samples, sum over outputs. */
export const squareLoss: Loss = {
  name: 'square',
  curvature: 2,
  value(outputs, targets, size) {
    let sum = 0;
    for (let index = 0; index < outputs.length; index++) {
      const residual = outputs[index]! - targets[index]!;
      sum += residual * residual;
    }
    return sum / size;
  },
  outputGradient(outputs, targets, size) {
    const gradient = new Float32Array(outputs.length);
    for (let index = 0; index < outputs.length; index++) {
      gradient[index] = (2 * (outputs[index]! - targets[index]!)) / size;
    }
    return gradient;
  },
  curvatureFactor: () => null,
};
