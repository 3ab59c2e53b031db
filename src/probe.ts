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

/** Which end of the spectrum of the Hessian: the largest eigenvalues, the smallest, or the largest in size. */
export type HessianEnd = 'largest' | 'smallest' | 'magnitude';

/** The mean of random quantities, with the standard error of that mean. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** A batch's gradient g against the full one G: g = coefficient G + noise, the noise orthogonal to G. */
export interface GradientDecomposition {
  readonly batchNorm: number;
  readonly fullNorm: number;
  /** Cosine of g with G; NaN where one of them is 0. */
  readonly cosine: number;
  readonly coefficient: number;
  /** |coefficient G| */
  readonly projectionNorm: number;
  readonly noiseNorm: number;
}

/** What gradient noise is measured by; the noise scale is `noiseTrace / squaredGradient`. */
export interface NoiseScaleEstimate {
  /** Trace of the covariance of single samples' gradients. */
  readonly noiseTrace: number;
  /** |G|^2, which an estimate may give as negative. */
  readonly squaredGradient: number;
}

/** Predictions of the linearised model once it has fitted the training set. */
export interface KernelPrediction {
  /** `n * c` numbers, sample-major. */
  readonly predictions: Float32Array;
  /** |K a - (y - f)| / |y - f|: how well the linearised model fits the training set in fact. */
  readonly residual: number;
}

/** How alike two matrices are, entry by entry. */
export interface FeatureCorrelation {
  /** <A, B> / (|A| |B|). */
  readonly cosine: number;
  /** The same after each has lost its mean entry. */
  readonly correlation: number;
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
  /** Inputs d. */
  readonly dimension: number;
  /** Loss by the run's own definition (square loss: mean over samples, sum over outputs). */
  loss(): Eventual<number>;
  /** Share of samples classified rightly; null where the task has no classes. */
  accuracy(): Eventual<number | null>;
  /** Model outputs, `n * c`, sample-major. */
  predictions(): Eventual<Float32Array>;
  /** Empirical tangent kernel, order n c, sample-major and output-minor, no 1/n. */
  tangentKernel(): Eventual<SymmetricMatrix>;
  /**
   * Centred alignment of a kernel over n c outputs with the targets, the cosine of C K C with C y y^T C, C taking from
   * each output its mean; NaN where all targets of each output are equal.
   */
  targetAlignment(kernel: SymmetricMatrix): number;
  /** Tangent kernel summed over outputs, order n. */
  outputSummedTangentKernel(): Eventual<SymmetricMatrix>;
  /** The `rank` largest eigenpairs of {@link tangentKernel}, warm-started from the previous step. */
  tangentKernelEigenpairs(rank: number): Eventual<Eigenpairs>;
  /**
   * The square loss split by the top `rank` eigenvectors of the current tangent kernel, or by eigenvectors of another
   * kernel of the same samples.
   */
  lossSplit(by: number | Eigenpairs): Eventual<LossSplit>;
  /**
   * The residual split likewise, as root mean squares over the samples; defined for every loss: n times its derivative
   * in the outputs where it is not f - y.
   */
  residualSplit(by: number | Eigenpairs): Eventual<LossSplit>;
  /**
   * Share of the rise of the loss since the outputs were `before` (`n * c`, of the same samples) that the
   * movement along the top `rank` eigenvectors explains; defined for every loss. The eigenvectors are estimates,
   * to a residual of 1e-3 lambda_1. Null when the loss has not risen.
   */
  riseShare(before: Float32Array, rank: number): Eventual<number | null>;
  /**
   * Learning rate above which the run's optimizer, which has no preconditioner, is unstable on these samples to first
   * order, by the rule of {@link ProbeAbilities.criticalRateRule}.
   * @throws {UndefinedProbeError} for a preconditioned optimizer.
   */
  criticalLearningRate(): Eventual<number>;
  /**
   * The same for every optimizer, with the preconditioner of the latest update. Null before the first update of a
   * method that has none by then.
   */
  preconditionedCriticalLearningRate(): Eventual<number | null>;
  /** Largest eigenvalue of the Gauss-Newton matrix (1/n) sum_i J_i^T H_i J_i, H_i the loss's curvature in the outputs. */
  gaussNewtonEigenvalue(): Eventual<number>;
  /**
   * The optimizer's stability limit over lambda_max of the exact Hessian (2 / lambda_max for gradient descent); null
   * where no direction curves upwards.
   * @throws {Error} for a preconditioned optimizer.
   */
  hessianCriticalLearningRate(): Eventual<number | null>;
  /** Gradient of the loss over all P parameters, in their order, each row-major. */
  gradient(): Eventual<Float32Array>;
  /** Exact Hessian of the loss times a direction of P numbers. */
  hessianProduct(direction: Float32Array): Eventual<Float32Array>;
  /** Eigenpairs of the exact Hessian, order P, matrix-free; `smallest` ascending. Residuals are relative to the largest in size. */
  hessianEigenpairs(rank: number, end?: HessianEnd): Eventual<Eigenpairs>;
  /** Hutchinson's estimate of the trace of the Hessian from so many random directions (at least 2). */
  hessianTraceEstimate(directions: number, seed?: number): Eventual<Estimate>;
  /** Rise of the loss a step of length rho along its gradient: L(w + rho g / |g|) - L(w). */
  sharpness(rho: number): Eventual<number>;
  /** Largest rise of the loss within rho that projected gradient ascent finds: a lower bound of the true one. */
  worstRiseEstimate(rho: number, steps: number): Eventual<number>;
  /** Mean over the samples of the derivatives of the outputs in the inputs, `c * d`: the weights of a linear model. */
  averageInputGradient(): Eventual<Float32Array>;
  /** Squared lengths of the samples' own gradients, n numbers; their gradients' mean is {@link gradient}. */
  sampleGradientNorms(): Eventual<Float64Array>;
  /** Lengths of the parameters of each layer that has any, in order. */
  parameterNorms(): Eventual<Float64Array>;
  /**
   * What the latest update divided each element of the gradient by, for the layers of {@link parameterNorms}. Null before
   * the first update of a method that has no denominators by then, and for those without {@link ProbeAbilities.denominators}.
   */
  denominators(): Eventual<readonly Float32Array[] | null>;
  /** Margin of each sample, n numbers. @throws {Error} when the task has no classes. */
  margins(): Eventual<Float64Array>;
  /** Degree L of a model with f(a w) = a^L f(w); null of any other. */
  homogeneity(): Eventual<number | null>;
  /** Which relu units are active on which samples, as ones and zeros; null without relu. */
  activationPattern(): Eventual<Uint8Array | null>;
  /** What the linearised model predicts here once it has fitted the samples of another lens of the same step. */
  kernelPredictor(fitted: Lens): Eventual<KernelPrediction>;
  /**
   * Average gradient outer product G = (1/n) sum_i sum_o grad f_o(x_i) grad f_o(x_i)^T, order d; with `output` (from 0)
   * of that output alone.
   */
  agop(output?: number): Eventual<SymmetricMatrix>;
  /** Trace of {@link agop}, without forming it. */
  agopTrace(output?: number): Eventual<number>;
  /** The largest eigenpairs of {@link agop}, which is formed only where that is cheaper. */
  agopEigenpairs(rank: number, output?: number): Eventual<Eigenpairs>;
  /** Cosine of G with the reference of the run, <G, G*> / (|G| |G*|), Frobenius. */
  agopAlignment(output?: number): Eventual<number>;
  /** W W^T of the first layer, order d. @throws {Error} when that is not dense on the inputs. */
  featureMatrix(): Eventual<SymmetricMatrix>;
  /** Likeness of {@link featureMatrix} and {@link agop}, or with `root` its square root. */
  featureCorrelation(root?: boolean): Eventual<FeatureCorrelation>;
}

/** What a question asks of a run, so that a question without an answer is refused with the first row. */
export interface ProbeAbilities {
  readonly loss: 'square' | 'crossEntropy';
  readonly task: string;
  readonly classes: boolean;
  /** Where the AGOP reference comes from, in words; null when the task has none. */
  readonly agopReference: string | null;
  readonly testSamples: number;
  readonly optimizer: string;
  /** Whether the optimizer divides element by element: see {@link Lens.denominators}. */
  readonly denominators: boolean;
  /** Whether the optimizer has a preconditioner: the kernel alone does not tell its critical rate. */
  readonly preconditioned: boolean;
  /** What {@link Lens.preconditionedCriticalLearningRate} is, in words: `2 / lambda_max of the Gauss-Newton matrix of the square loss`. */
  readonly criticalRateRule: string;
  /** Layers that have parameters, in the order of {@link Lens.parameterNorms}, by the name of their first parameter. */
  readonly layers: readonly string[];
  /** Whether the first layer is dense on the raw inputs. */
  readonly denseFirstLayer: boolean;
  /** Whether the samples of a batch are coupled, by batch normalization: quantities of single samples are not defined. */
  readonly couplesSamples: boolean;
}

/** The lens on the live model that rides on a step, valid during its delivery. */
export interface Probe {
  readonly abilities: ProbeAbilities;
  /** The samples of this step's batch. */
  readonly batch: Lens;
  /** The whole training set: the same lens as `batch` in full-batch training. */
  readonly train: Lens;
  /** The samples of the step before, on the model as it is now: what their own update did to them. Null at step 0. */
  readonly previousBatch: Lens | null;
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
