import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Checkpoint, CheckpointStore } from '../training/checkpoint.ts';
import { checked } from '../validation.ts';
import { checkpointBytes } from './checkpointBytes.ts';
import { checkpointName, stepsIn } from './checkpointFolder.ts';
import { placeFile, removeLeftovers } from './placeFile.ts';

const Options = z.strictObject({
  /** Updates between two checkpoints. Default: only when one is asked for, and when the run ends. */
  every: z.int().min(1).optional(),
  /** Of how many the files stay. */
  keep: z.int().min(1).default(2),
});

export type WriteCheckpointsOptions = z.input<typeof Options>;

/**
 * Writes the checkpoints of a run into a folder, which is made: `step-000000100.safetensors` and so on, each a file that
 * any reader of safetensors opens (`parameters/W1`, ...), checksums included. A file is there whole or not at all,
 * whatever happens. The newest `keep` stay; those that another run left there, or this one beyond the step it was
 * resumed at, go with the first.
 *
 * @example
 * train(spec, { checkpoints: writeCheckpoints('runs/first.checkpoints', { every: 100 }) })
 *   .pipe(spikes(), toArrow('runs/first.arrows')).subscribe();
 * // later, also after a crash
 * train(spec, { resume: await readCheckpoint('runs/first.checkpoints') })
 *   .pipe(spikes(), toArrow('runs/first.arrows')).subscribe();
 *
 * A file that cannot be written is an error of the run, in a line that names it.
 * @throws {RangeError} naming the option, its value and what was expected.
 */
export function writeCheckpoints(folder: string, options: WriteCheckpointsOptions = {}): CheckpointStore {
  const { every, keep } = checked('writeCheckpoints', Options, options);
  if (typeof folder !== 'string' || folder === '' || folder.includes('\0'))
    throw new RangeError(`writeCheckpoints(${JSON.stringify(folder)}): expected the path of a folder`);
  const placing = new Placing(folder, keep);
  return { ...(every === undefined ? {} : { every }), put: (checkpoint) => placing.put(checkpoint) };
}

class Placing {
  readonly #folder: string;
  readonly #keep: number;
  /** The steps that the run at hand has placed. */
  #own: number[] = [];

  constructor(folder: string, keep: number) {
    this.#folder = folder;
    this.#keep = keep;
  }

  async put(checkpoint: Checkpoint): Promise<void> {
    const { step, beganAt } = checkpoint;
    const path = join(this.#folder, checkpointName(step));
    try {
      // Another subscription begins where the last had been, or before.
      if (step <= (this.#own.at(-1) ?? -1)) this.#own = [];
      await mkdir(this.#folder, { recursive: true });
      if (this.#own.length === 0) await removeLeftovers(this.#folder);
      await placeFile(path, checkpointBytes(checkpoint));
      this.#own.push(step);
      await this.#prune(beganAt);
    } catch (error) {
      throw new Error(`cannot write the checkpoint '${path}': ${(error as Error).message}`, { cause: error });
    }
  }

  /** The new one is safe: now older ones may go, and those of a future that did not come. */
  async #prune(beganAt: number): Promise<void> {
    const steps = await stepsIn(this.#folder);
    const ours = steps.filter((step) => this.#own.includes(step) || (step <= beganAt && beganAt > 0));
    const kept = ours.slice(-this.#keep);
    for (const step of steps.filter((one) => !kept.includes(one)))
      await rm(join(this.#folder, checkpointName(step)), { force: true });
    this.#own = this.#own.slice(-this.#keep);
  }
}
