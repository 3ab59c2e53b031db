import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import type { AnyPipeline } from '../../pipelines/registry.ts';
import { backendNames, useBackend } from '../backend/chooseBackend.ts';
import {
  addCheckpointOptions,
  type CheckpointOptions,
  RunCheckpoints,
  withoutCheckpointOptions,
} from './checkpointOptions.ts';
import { numberOption } from './numberOption.ts';
import { parameterChoices, parameterFlag, parameterHelp, parameterSchemas, parameterType } from './parameterText.ts';
import { addShowOptions, type ShowOptions, say, showRun, withoutShowOptions } from './showRun.ts';

/** Options of the command itself; the others are the pipeline's. */
interface PipelineCommandOptions extends ShowOptions, CheckpointOptions {
  readonly backend: (typeof backendNames)[number] | 'auto';
}

/**
 * `onager run <pipeline>`: trains, detects, writes Arrow, serves the page, and sums up. Its options are read off the schema
 * of the pipeline.
 */
export function addPipelineCommand(run: Command, pipeline: AnyPipeline, isDefault = false): void {
  const command = run.command(pipeline.name, { isDefault }).description(pipeline.description);
  for (const [name, schema] of Object.entries(parameterSchemas(pipeline.options)))
    if (name !== 'backend') command.addOption(parameterOption(name, schema));
  addCheckpointOptions(addShowOptions(command, 'Arrow file to write (default: runs/<name>.arrows)'))
    .addOption(new Option('--backend <name>', 'where to compute').choices(['auto', ...backendNames]).default('auto'))
    .action(async (options: PipelineCommandOptions) => {
      const given = withoutCheckpointOptions(withoutShowOptions(options));
      const checkpoints = new RunCheckpoints(options);
      const fileOf = (name: string) => options.out ?? `runs/${name}.arrows`;
      const { description } = await useBackend(options.backend);
      say(`backend    ${description}`);
      await showRun(
        options,
        (context) => pipeline.prepare(given, { ...context, training: (name) => checkpoints.training(fileOf(name)) }),
        fileOf,
      );
      if (checkpoints.told !== undefined) say(checkpoints.told);
    });
}

function parameterOption(name: string, schema: z.ZodType): Option {
  const flag = parameterFlag(name);
  const type = parameterType(schema);
  // What is on unless it is said otherwise can only be said otherwise.
  if (type === 'boolean') {
    const on = schema.safeParse(undefined).data === true;
    return new Option(on ? `--no-${flag}` : `--${flag}`, parameterHelp(schema));
  }
  const help = parameterHelp(schema);
  const choices = parameterChoices(schema);
  if (choices !== undefined) return new Option(`--${flag} <name>`, help).argParser(oneOf(choices));
  if (type === 'number' || type === 'integer') return new Option(`--${flag} <n>`, help).argParser(numberOption);
  return new Option(`--${flag} <text>`, help);
}

function oneOf(choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    throw new InvalidArgumentError(`expected one of ${choices.join(', ')}`);
  };
}
