import type { Eventual } from '../eventual.ts';
import type { Json } from '../run.ts';

/** A picture: row-major, the channels of a pixel side by side. */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Samples in host memory, row-major. */
export interface Dataset {
  /** `size * dimension` numbers. */
  readonly inputs: Float32Array;
  /** `size * outputs` numbers. */
  readonly targets: Float32Array;
  readonly size: number;
  readonly dimension: number;
  readonly outputs: number;
  /** How the inputs of a sample lie in a picture; absent where they are no image. */
  readonly image?: ImageShape;
}

/** The AGOP G* that alignment is measured against: a diagonal of d numbers or a d x d matrix, row-major. */
export interface AgopReference {
  /** In words: `the true function`, `a network trained on 4000 images`. */
  readonly from: string;
  readonly diagonal?: Float64Array;
  readonly matrix?: Float64Array;
}

export interface TaskData {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Absent where there is no true function. */
  readonly agopReference?: AgopReference;
}

/** Data, the true function where it is known, and how a prediction is judged. */
export interface Task {
  readonly name: string;
  /** How predictions are read as classes: the sign of one output, the largest of several, or not at all. */
  readonly classes: 'sign' | 'largest' | null;
  /** Its options as plain data, for the record of the run. */
  readonly description: Json;
  /** The data of a seed: the same on every backend. */
  data(seed: number): Eventual<TaskData>;
}
