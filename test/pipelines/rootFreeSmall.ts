import { lastValueFrom, tap } from 'rxjs';
import type { PipelineContext } from '../../pipelines/pipeline.ts';
import { rootFreePipeline } from '../../pipelines/rootFree/rootFree.ts';
import type { RootFreeOptions } from '../../pipelines/rootFree/rootFreeOptions.ts';
import type { Json } from '../../src/run.ts';
import { resultNumbers } from '../../src/sweep/resultNumbers.ts';

/** Digits instead of clothes, which every clone has, and few of them. */
const small = { data: 'mnist', samples: 96, testSamples: 40, batchSize: 16, backend: 'wasm' } as const;

/** A run of the root-free pipeline, with what it came to. */
export async function smallRun(options: RootFreeOptions, context: PipelineContext = {}) {
  const { rows, summary } = await rootFreePipeline.prepare({ ...small, ...options }, context);
  await lastValueFrom(rows.pipe(tap((row) => summary.push(row))));
  const result = summary.result() as { readonly [name: string]: Json };
  return { result, numbers: resultNumbers(result), text: summary.text() };
}
