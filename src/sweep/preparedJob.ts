import { isObservable, type Observable } from 'rxjs';
import type { Json } from '../run.ts';
import type { Row } from '../step.ts';
import type { TrainingSpec } from '../training/trainingSpec.ts';
import type { Job } from './job.ts';
import { LastRow } from './lastRow.ts';

/** A run ready to be subscribed to, and what gathers its result row by row. A pipeline's prepared run is one. */
export interface PreparedJob {
  readonly rows: Observable<Row>;
  readonly summary: {
    push(row: Row): void;
    result(): { readonly [name: string]: Json };
  };
}

/**
 * Loads the module of a job and makes its run. Rows that come without a summary of their own have their last row for
 * a result.
 * @throws {Error} in one line, when there is no such module or export or it makes nothing that can be run
 */
export async function preparedJob({ module, export: name = 'default', parameters }: Job): Promise<PreparedJob> {
  const exports = (await import(module)) as Record<string, unknown>;
  const exported = exports[name];
  const place = `export '${name}' of ${module}`;
  if (exported === undefined) {
    throw new Error(`${place}: there is none; there are ${Object.keys(exports).join(', ') || 'no exports'}`);
  }
  const made: unknown = isPipeline(exported)
    ? await exported.prepare(parameters)
    : typeof exported === 'function'
      ? await exported(parameters)
      : undefined;
  if (isObservable(made)) return { rows: made as Observable<Row>, summary: new LastRow() };
  if (typeof made === 'object' && made !== null) {
    const { rows, summary } = made as Partial<PreparedJob>;
    if (isObservable(rows)) return { rows, summary: summary ?? new LastRow() };
    if ('task' in made && 'model' in made) {
      // Only now: a thread that needs no tensors starts in a fraction of the time.
      const { train } = await import('../training/train.ts');
      return { rows: train(made as TrainingSpec), summary: new LastRow() };
    }
  }
  throw new TypeError(
    `${place}: expected a pipeline, or a function that gives a training spec, an Observable of rows or a prepared run`,
  );
}

function isPipeline(exported: unknown): exported is { prepare(parameters: unknown): Promise<unknown> } {
  return (
    typeof exported === 'object' &&
    exported !== null &&
    typeof (exported as { prepare?: unknown }).prepare === 'function'
  );
}
