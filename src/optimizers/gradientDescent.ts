import { z } from 'zod';
import { checked } from '../validation.ts';
import type { Optimizer } from './optimizer.ts';
import { decayOptions, momentumOf, momentumOptions, preconditionedDescent } from './preconditionedDescent.ts';

const Options = z.strictObject({ ...momentumOptions, ...decayOptions });

export type GradientDescentOptions = z.input<typeof Options>;

/**
 * (Stochastic) gradient descent, w <- w - lr g. With momentum the heavy ball of Polyak (1964), v <- beta v + g,
 * w <- w - lr v, without dampening; `nesterov`: w <- w - lr (g + beta v). Both in the form of Sutskever et al.
 * 2013 with the rate outside v, which is PyTorch's. Weight decay falls on all parameters, biases too.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function gradientDescent(options: GradientDescentOptions = {}): Optimizer {
  const chosen = checked('gradientDescent', Options, options);
  const { momentum, nesterov, weightDecay, decay } = chosen;
  return preconditionedDescent({
    name: momentum === 0 ? 'gradient descent' : `gradient descent with ${nesterov ? 'Nesterov ' : ''}momentum`,
    description: { optimizer: 'gradientDescent', ...chosen },
    momentum: momentumOf(chosen),
    weightDecay,
    decay,
  });
}
