import { type Command, Option } from 'commander';
import { type CatapultsOptions, catapultsPipeline } from '../../pipelines/catapults.ts';
import { backendNames, useBackend } from '../backend/chooseBackend.ts';
import {
  addCheckpointOptions,
  type CheckpointOptions,
  RunCheckpoints,
  withoutCheckpointOptions,
} from './checkpointOptions.ts';
import { addGrokkingCommand } from './grokkingCommand.ts';
import { numberOption } from './numberOption.ts';
import { addShowOptions, type ShowOptions, say, showRun, withoutShowOptions } from './showRun.ts';

/** Options of the command itself; the others are the pipeline's. */
interface RunOptions extends ShowOptions, CheckpointOptions {
  readonly backend: (typeof backendNames)[number] | 'auto';
}

/** `onager run catapults`: trains, detects, writes Arrow, serves the page, and sums up. */
export function addRunCommand(program: Command): void {
  const run = program.command('run').description('run a pipeline');
  addGrokkingCommand(run);
  const catapults = run
    .command(catapultsPipeline.name, { isDefault: true })
    .description(catapultsPipeline.description)
    .addOption(new Option('--task <name>', 'what to learn').choices(['r2', 'r3', 'r4', 'r4s', 'mnist', 'images']))
    .addOption(new Option('--size <name>', 'a setting known to show the effect').choices(['default', 'small']))
    .option('--catapults <J>', 'catapults to provoke', numberOption)
    .option('--factor <c>', 'learning rate at each raise, in units of the critical rate', numberOption)
    .option('--dimension <d>', 'inputs of the regression tasks', numberOption)
    .option('--samples <n>', 'training samples', numberOption)
    .option('--test-samples <n>', 'test samples', numberOption)
    .option('--width <m>', 'width of the hidden layers', numberOption)
    .option('--depth <L>', 'hidden layers', numberOption)
    .option('--seed <n>', 'determines data, initialisation and order', numberOption)
    .option('--steps <n>', 'most updates to make', numberOption)
    .option('--stop-at <loss>', 'training loss at which the run ends', numberOption)
    .option('--images <file>', 'IDX images to learn, with --labels')
    .option('--labels <file>', 'IDX labels')
    .option('--test-images <file>', 'IDX images to test on, with --test-labels; default: drawn from --images')
    .option('--test-labels <file>', 'IDX labels');
  addCheckpointOptions(addShowOptions(catapults, 'Arrow file to write (default: runs/<name>.arrows)'))
    .addOption(new Option('--backend <name>', 'where to compute').choices(['auto', ...backendNames]).default('auto'))
    .action(async (options: RunOptions & CatapultsOptions) => {
      const given = withoutCheckpointOptions(withoutShowOptions(options));
      const checkpoints = new RunCheckpoints(options);
      const fileOf = (name: string) => options.out ?? `runs/${name}.arrows`;
      // Files of one's own are a task of their own.
      const task = options.task ?? (options.images === undefined ? undefined : 'images');
      const { description } = await useBackend(options.backend);
      say(`backend    ${description}`);
      await showRun(
        options,
        (context) =>
          catapultsPipeline.prepare(task === undefined ? given : { ...given, task }, {
            ...context,
            training: (name) => checkpoints.training(fileOf(name)),
          }),
        fileOf,
      );
      if (checkpoints.told !== undefined) say(checkpoints.told);
    });
}
