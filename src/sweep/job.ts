import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '../run.ts';

/** Options of a run as plain data. */
export type Parameters = { readonly [name: string]: Json };

/**
 * One training as plain data, which can go to another thread: a spec holds functions, so a job says where the module is
 * that makes it.
 */
export interface Job {
  /** What the run is called in tables and messages. */
  readonly name: string;
  /** What `import()` takes: a URL (`new URL('./trainings.js', import.meta.url).href`) or the name of a package. */
  readonly module: string;
  /**
   * The export to run: a pipeline, or a function of the parameters that gives a training spec, an Observable of rows or
   * a prepared run, or a promise of one of these. Default `default`.
   */
  readonly export?: string;
  readonly parameters: Parameters;
  /** Arrow file to write the rows to, from the thread that trains. */
  readonly file?: string;
}

/** What became of a job. */
export type Outcome = {
  /** Position of the job among those submitted. */
  readonly run: number;
  readonly job: Job;
} & (
  | { readonly state: 'finished'; readonly result: { readonly [name: string]: Json }; readonly seconds: number }
  /** @param error what went wrong, in a line */
  | { readonly state: 'failed'; readonly error: string; readonly seconds: number }
  /** The sweep was told to end before the run was over, or before it began. */
  | { readonly state: 'abandoned' }
);

/** The schema that jobs are checked with before any of them starts. */
export const Jobs = z.array(
  z.object({
    name: z.string(),
    module: z.string().refine((module) => !/^\.{0,2}\//.test(module), {
      error: 'expected a URL such as new URL(..., import.meta.url).href, or the name of a package',
    }),
    export: z.string().optional(),
    parameters: z.record(z.string(), z.json()),
    file: z.string().min(1).optional(),
  }),
);

/**
 * What tells a job from others across programs and days: a hash of module, export and parameters, whatever their order;
 * of `salt` as well, such as the version of the program.
 */
export function jobKey({ module, export: name = 'default', parameters }: Job, salt = ''): string {
  return createHash('sha256')
    .update(canonical([salt, module, name, parameters]))
    .digest('hex')
    .slice(0, 32);
}

/** JSON with the keys in order. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, inner: Json) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
