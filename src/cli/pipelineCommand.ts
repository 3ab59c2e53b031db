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
  const alone = (pipeline.alone ?? {}) as { readonly [name: string]: unknown };
  const command = run.command(pipeline.name, { isDefault }).description(pipeline.description);
  for (const [name, schema] of Object.entries(parameterSchemas(pipeline.options)))
    if (name !== 'backend') command.addOption(parameterOption(name, schema, alone[name]));
  addCheckpointOptions(addShowOptions(command, 'where to write the run (default: runs/<name>/)'))
    .addOption(new Option('--backend <name>', 'where to compute').choices(['auto', ...backendNames]).default('auto'))
    .action(async (options: PipelineCommandOptions) => {
      const given = { ...alone, ...withoutCheckpointOptions(withoutShowOptions(options)) };
      const checkpoints = new RunCheckpoints(options);
      const fileOf = (name: string) => options.out ?? `runs/${name}/`;
      const { description } = await useBackend(options.backend);
      say(`backend    ${description}`);
      await showRun(
        options,
        (context) =>
          pipeline.prepare(given, {
            ...context,
            threads: true,
            training: (name) => checkpoints.training(fileOf(name)),
          }),
        fileOf,
      );
      if (checkpoints.told !== undefined) say(checkpoints.told);
    });
}

/** @param alone what takes the place of the schema's default */
function parameterOption(name: string, schema: z.ZodType, alone: unknown): Option {
  const flag = parameterFlag(name);
  const type = parameterType(schema);
  // What is on unless it is said otherwise can only be said otherwise.
  if (type === 'boolean') {
    const on = (alone ?? schema.safeParse(undefined).data) === true;
    return new Option(on ? `--no-${flag}` : `--${flag}`, schema.description);
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
