import { extname, join } from 'node:path';
import type { Command } from 'commander';
import { readCheckpoint } from '../checkpoints/checkpointFolder.ts';
import { writeCheckpoints } from '../checkpoints/writeCheckpoints.ts';
import { isRunFolder } from '../formats/arrow/runFolder.ts';
import type { CheckpointStore } from '../training/checkpoint.ts';
import type { TrainingOptions } from '../training/trainingSpec.ts';
import { numberOption } from './numberOption.ts';
import { say } from './showRun.ts';

/** Whether and where a run is saved, and whether it goes on. */
export interface CheckpointOptions {
  readonly checkpointEvery?: number;
  readonly checkpoints?: string;
  readonly resume?: boolean;
}

export function addCheckpointOptions(command: Command): Command {
  return command
    .option('--checkpoint-every <k>', 'updates between two checkpoints; one more when the run ends', numberOption)
    .option(
      '--checkpoints <folder>',
      'where checkpoints go (default: checkpoints in the folder of the run, or <name>.checkpoints beside a single file)',
    )
    .option('--resume', 'go on from the newest checkpoint, and append to what was written');
}

/** What is left of a command's options when those of {@link CheckpointOptions} are taken out. */
export function withoutCheckpointOptions<O extends CheckpointOptions>(options: O): Omit<O, keyof CheckpointOptions> {
  const { checkpointEvery: _every, checkpoints: _checkpoints, resume: _resume, ...others } = options;
  return others;
}

/** The checkpoints of the run of a command. */
export class RunCheckpoints {
  readonly #options: CheckpointOptions;
  #folder: string | undefined;
  #lastStep: number | undefined;

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  /**
   * Nothing, unless one of the options was given.
   * @param path the folder or the Arrow file of the run
   * @throws {Error} when the run is to go on and there is no whole checkpoint.
   */
  async training(path: string): Promise<Omit<TrainingOptions, 'control$'>> {
    const { checkpointEvery: every, checkpoints, resume = false } = this.#options;
    if (every === undefined && checkpoints === undefined && !resume) return {};
    this.#folder = checkpoints ?? checkpointsOf(path);
    const store = this.#watched(writeCheckpoints(this.#folder, every === undefined ? {} : { every }));
    if (!resume) return { checkpoints: store };
    const checkpoint = await readCheckpoint(this.#folder, ({ message }) => say(`passed over: ${message}`));
    say(`resuming   at step ${checkpoint.step}, from ${this.#folder}`);
    return { checkpoints: store, resume: checkpoint };
  }

  /** Where a run that has ended can be taken up, in a line; undefined when it cannot. */
  get told(): string | undefined {
    if (this.#lastStep === undefined) return undefined;
    return `checkpoints     ${this.#folder}; --resume goes on at step ${this.#lastStep}`;
  }

  #watched(store: CheckpointStore): CheckpointStore {
    return {
      ...store,
      put: async (checkpoint) => {
        await store.put(checkpoint);
        this.#lastStep = checkpoint.step;
      },
    };
  }
}

function checkpointsOf(path: string): string {
  if (isRunFolder(path)) return join(path, 'checkpoints');
  return `${path.slice(0, path.length - extname(path).length)}.checkpoints`;
}
