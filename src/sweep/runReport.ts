import type { Json } from '../run.ts';
import type { Row } from '../step.ts';

/** How a run ended by itself. */
export type Ending =
  | { readonly state: 'finished'; readonly result: { readonly [name: string]: Json } }
  | { readonly state: 'failed'; readonly error: string };

/** What a run tells while it is under way; the ending comes last. */
export type RunReport =
  | { readonly kind: 'progress'; readonly step: number; readonly expectedSteps: number | null }
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'ending'; readonly ending: Ending };
