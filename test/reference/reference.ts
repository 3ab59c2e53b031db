import { readFileSync } from 'node:fs';

/** A tensor of the float64 reference files: row-major. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface ReferenceNet {
  readonly n: number;
  readonly c: number;
  readonly param_order: readonly string[];
  readonly params: Readonly<Record<string, ReferenceTensor>>;
  readonly X: ReferenceTensor;
  readonly y: ReferenceTensor;
  readonly [quantity: string]: unknown;
}

/** Reads one of the files of nets: values computed in float64 by an independent program. */
export function referenceNets(
  file: 'tangent-kernel' | 'agop' | 'hessian' | 'convolution',
): Readonly<Record<string, ReferenceNet>> {
  return JSON.parse(readFileSync(new URL(`${file}.json`, import.meta.url), 'utf8')).nets;
}

/** The gradients of `gradient-decomposition.json` at one of its two points. */
export interface DecomposedPoint {
  readonly params: Readonly<Record<string, ReferenceTensor>>;
  readonly full_gradient: ReferenceTensor;
  readonly full_loss: number;
  readonly per_sample_gradients: ReferenceTensor;
  readonly batches: readonly {
    readonly batch_gradient: ReferenceTensor;
    readonly norm: number;
    readonly cosine: number;
    readonly coefficient: number;
    readonly projection_norm: number;
    readonly noise_norm: number;
  }[];
  readonly trace_sigma_unbiased: number;
  readonly B_simple_unbiased: number;
  readonly two_size_estimator: {
    readonly n_small: number;
    readonly n_big: number;
    readonly G2_estimate: number;
    readonly trace_sigma_estimate: number;
    readonly batches_used: number;
  };
}

export interface DecompositionReference {
  readonly problem: {
    readonly N: number;
    readonly X: ReferenceTensor;
    readonly Y: ReferenceTensor;
    readonly batches: readonly (readonly number[])[];
  };
  readonly points: Readonly<Record<'initial' | 'later', DecomposedPoint>>;
}

export function decompositionReference(): DecompositionReference {
  return JSON.parse(readFileSync(new URL('gradient-decomposition.json', import.meta.url), 'utf8'));
}
