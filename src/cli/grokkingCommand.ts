import { type Command, Option } from 'commander';
import { type GrokkingOptions, grokkingPipeline, grokkingSettingNames } from '../../pipelines/grokking/grokking.ts';
import { backendNames, useBackend } from '../backend/chooseBackend.ts';
import {
  addCheckpointOptions,
  type CheckpointOptions,
  RunCheckpoints,
  withoutCheckpointOptions,
} from './checkpointOptions.ts';
import { numberOption } from './numberOption.ts';
import { addShowOptions, type ShowOptions, say, showRun, withoutShowOptions } from './showRun.ts';

/** Options of the command itself; the others are the pipeline's. */
interface GrokkingCommandOptions extends ShowOptions, CheckpointOptions {
  readonly backend: (typeof backendNames)[number] | 'auto';
}

/** `onager run grokking`: a setting that changes its solution late, with its controls. */
export function addGrokkingCommand(run: Command): void {
  const grokking = run
    .command(grokkingPipeline.name)
    .description(grokkingPipeline.description)
    .addOption(new Option('--setting <name>', 'what to train (default: diagonal)').choices([...grokkingSettingNames]))
    .addOption(new Option('--size <name>', 'small, or as in the paper').choices(['default', 'small', 'paper']))
    .addOption(new Option('--variant <name>', 'of modular (default: kernel)').choices(['kernel', 'plain', 'adamw']))
    .option('--alpha <n>', 'size of the initialisation', numberOption)
    .option('--weight-decay <n>', 'coupled, but for adamw', numberOption)
    .option('--dimension <d>', 'inputs, side of the matrix, or modulus', numberOption)
    .option('--samples <n>', 'training samples', numberOption)
    .option('--width <m>', 'hidden units of the networks', numberOption)
    .option('--learning-rate <n>', 'a fixed rate instead of adaptive steps', numberOption)
    .option('--steps <n>', 'most updates to make', numberOption)
    .option('--per-decade <n>', 'evaluations in a decade of continuous time (default: 24)', numberOption)
    .option('--seed <n>', 'determines data, initialisation and order', numberOption)
    .option('--no-controls', 'only the run itself, not the same without weight decay and from a small initialisation');
  addCheckpointOptions(addShowOptions(grokking, 'Arrow file to write (default: runs/<name>.arrows)'))
    .addOption(new Option('--backend <name>', 'where to compute').choices(['auto', ...backendNames]).default('auto'))
    .action(async (options: GrokkingCommandOptions & GrokkingOptions) => {
      const given = withoutCheckpointOptions(withoutShowOptions(options));
      const checkpoints = new RunCheckpoints(options);
      const fileOf = (name: string) => options.out ?? `runs/${name}.arrows`;
      const { description } = await useBackend(options.backend);
      say(`backend    ${description}`);
      await showRun(
        options,
        (context) =>
          grokkingPipeline.prepare(given, {
            ...context,
            progress: say,
            training: (name) => checkpoints.training(fileOf(name)),
          }),
        fileOf,
      );
      if (checkpoints.told !== undefined) say(checkpoints.told);
    });
}
