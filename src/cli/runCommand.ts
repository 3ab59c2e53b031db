import type { Command } from 'commander';
import { catapultsPipeline } from '../../pipelines/catapults/catapults.ts';
import { pipelines } from '../../pipelines/registry.ts';
import { parameterSchemas } from './parameterText.ts';
import { addPipelineCommand } from './pipelineCommand.ts';

/** `onager run <pipeline>`, and `onager run` for the catapults. */
export function addRunCommand(program: Command): void {
  const run = program.command('run').description('run a pipeline');
  for (const pipeline of Object.values(pipelines)) {
    // What has no seed trains nothing: `watch` reads the log of another program.
    const trains = Object.hasOwn(parameterSchemas(pipeline.options), 'seed');
    if (trains) addPipelineCommand(run, pipeline, pipeline.name === catapultsPipeline.name);
  }
}
