import type { ColumnDescription } from '../columns.ts';
import type { Json, RunMetadata } from '../run.ts';
import type { Row, Snapshot } from '../step.ts';
import type { Job } from './job.ts';

/** What a worker is given when it starts. */
export interface WorkerTask {
  readonly job: Job;
  /** Whether the rows are wanted, or only the result. */
  readonly rows: boolean;
  /** One 32-bit count, shared: the rows that the consumer has dealt with. */
  readonly consumed: SharedArrayBuffer;
}

/** What a worker tells. */
export type WorkerMessage =
  /** With the first row, so that the columns are complete. */
  | {
      readonly kind: 'begin';
      readonly name: string;
      readonly metadata: RunMetadata;
      readonly columns: readonly ColumnDescription[];
    }
  | { readonly kind: 'progress'; readonly step: number; readonly expectedSteps: number | null }
  | { readonly kind: 'rows'; readonly rows: readonly Snapshot<Row>[] }
  | { readonly kind: 'result'; readonly result: { readonly [name: string]: Json } }
  | { readonly kind: 'failed'; readonly error: string };

/** Rows that may be on their way or waiting at the consumer: then the worker stops until some have been dealt with. */
export const rowWindow = 256;
