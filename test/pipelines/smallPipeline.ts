import { lastValueFrom, tap } from 'rxjs';
import type { PipelineContext } from '../../pipelines/pipeline.ts';
import { type AnyPipeline, pipelines } from '../../pipelines/registry.ts';

/** Half a second a run and less: what the claims say is seen, though not as clearly as at their own size. */
export const smallSize = { dimension: 8, samples: 60, testSamples: 200, width: 64, stopAt: 0.05, backend: 'wasm' };

/** The result of a run of a pipeline, by its name. */
export async function resultOf(name: string, options: object, context: PipelineContext = {}) {
  const { rows, summary } = await pipelineOf(name).prepare({ ...smallSize, ...options }, context);
  await lastValueFrom(rows.pipe(tap((row) => summary.push(row))));
  return { ...summary.result(), text: summary.text() } as unknown as { readonly [name: string]: number } & {
    readonly text: string;
  };
}

export function pipelineOf(name: string): AnyPipeline {
  return Object.values(pipelines).find((pipeline) => pipeline.name === name)!;
}
