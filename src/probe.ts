import type { Eventual } from './eventual.ts';

/** Symmetric matrix, row-major. */
export interface SymmetricMatrix {
  readonly order: number;
  readonly values: Float32Array | Float64Array;
}

/** Largest eigenvalues, descending, with unit eigenvectors as rows (`rank * order` numbers). */
export interface Eigenpairs {
  readonly order: number;
  readonly values: Float64Array;
  readonly vectors: Float64Array;
  /** Largest |K v - lambda v| / lambda_1 over the pairs: what the solver verified, not what it hopes. */
  readonly residual: number;
}

/** Loss in the span of the top eigenvectors of the tangent kernel, and the rest. */
export interface LossSplit {
  readonly top: number;
  readonly complement: number;
}

/**
 * The live model seen on one set of samples. Every quantity is computed when first asked for, at most
 * once per step however many operators ask. n samples, c outputs, d inputs.
 */
export interface Lens {
  /** Samples n. */
  readonly size: number;
  /** Outputs c. */
  readonly outputs: number;
  /** Loss by the run's own definition (square loss: mean over samples, sum over outputs). */
  loss(): Eventual<number>;
  /** Share of samples classified rightly; null where the task has no classes. */
  accuracy(): Eventual<number | null>;
  /** Model outputs, `n * c`, sample-major. */
  predictions(): Eventual<Float32Array>;
  /** Empirical tangent kernel, order n c, sample-major and output-minor, no 1/n. */
  tangentKernel(): Eventual<SymmetricMatrix>;
  /** Tangent kernel summed over outputs, order n. */
  outputSummedTangentKernel(): Eventual<SymmetricMatrix>;
  /** The `rank` largest eigenpairs of {@link tangentKernel}, warm-started from the previous step. */
  tangentKernelEigenpairs(rank: number): Eventual<Eigenpairs>;
  /** The square loss split by the top `rank` eigenvectors of the current tangent kernel. */
  lossSplit(rank: number): Eventual<LossSplit>;
  /**
   * Share of the rise of the loss since the outputs were `before` (`n * c`, of the same samples) that the
   * movement along the top `rank` eigenvectors explains; defined for every loss. The eigenvectors are estimates,
   * to a residual of 1e-3 lambda_1. Null when the loss has not risen.
   */
  riseShare(before: Float32Array, rank: number): Eventual<number | null>;
  /** Learning rate above which gradient descent on these samples is unstable to first order. */
  criticalLearningRate(): Eventual<number>;
  /** Average gradient outer product G = (1/n) sum_i sum_o grad f_o(x_i) grad f_o(x_i)^T, order d. */
  agop(): Eventual<SymmetricMatrix>;
  /** Cosine of G with the reference of the task, <G, G*> / (|G| |G*|), Frobenius. */
  agopAlignment(): Eventual<number>;
}

/** What a question asks of a run, so that a question without an answer is refused with the first row. */
export interface ProbeAbilities {
  readonly loss: 'square' | 'crossEntropy';
  readonly task: string;
  readonly classes: boolean;
  /** Where the AGOP reference comes from, in words; null when the task has none. */
  readonly agopReference: string | null;
  readonly testSamples: number;
  /** Whether the optimizer has a preconditioner: the kernel alone does not tell its critical rate. */
  readonly preconditioned: boolean;
}

/** The lens on the live model that rides on a step, valid during its delivery. */
export interface Probe {
  readonly abilities: ProbeAbilities;
  /** The samples of this step's batch. */
  readonly batch: Lens;
  /** The whole training set: the same lens as `batch` in full-batch training. */
  readonly train: Lens;
  readonly test: Lens;
}

/** Thrown when a probe is asked after its step: its tensors are gone. */
export class ProbeExpiredError extends Error {
  constructor(step: number) {
    super(
      `the probe of step ${step} was used after its delivery: ask it inside the operator, or hold the row ` +
        '(row.hold()) until you are done; the recorded fields of a row may be kept',
    );
    this.name = 'ProbeExpiredError';
  }
}

/** Thrown with the first row when a quantity is not defined for the model, loss or task. */
export class UndefinedProbeError extends Error {
  constructor(operator: string, reason: string) {
    super(`${operator}: ${reason}`);
    this.name = 'UndefinedProbeError';
  }
}
