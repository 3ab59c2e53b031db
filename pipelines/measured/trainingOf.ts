import type { TrainingOptions } from '../../src/training/trainingSpec.ts';
import type { PipelineContext } from '../pipeline.ts';

/** What a run of a name is trained with, from what the pipeline was given from outside. */
export async function trainingOf(name: string, { control$, training }: PipelineContext): Promise<TrainingOptions> {
  return { ...(control$ === undefined ? {} : { control$ }), ...(await training?.(name)) };
}
