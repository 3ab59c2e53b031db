import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Files that were being made beside others, and never took their place. */
export interface Leftovers {
  /** Those of programs that have ended: they are gone now. All that they had is in the files they were made from. */
  readonly removed: readonly string[];
  /** Those of programs that still run. */
  readonly kept: readonly string[];
}

/**
 * Removes what a program that was killed left beside a file of this machine, as a finish was under way.
 * @param path the file, as {@link Place} resolves it
 */
export function removeLeftovers(path: string): Leftovers {
  const removed: string[] = [];
  const kept: string[] = [];
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    const program = programOf(name, basename(path));
    if (program === undefined) continue;
    const leftover = join(folder, name);
    if (program === process.pid || isRunning(program)) kept.push(leftover);
    else {
      rmSync(leftover, { force: true });
      removed.push(leftover);
    }
  }
  return { removed, kept };
}

/** The process that made a file beside another, by its name; see `Place.createBeside`. */
function programOf(name: string, beside: string): number | undefined {
  if (!name.startsWith(`.${beside}.`)) return undefined;
  const made = /^(\d+)-[0-9a-f]{8}\.partial$/.exec(name.slice(beside.length + 2));
  return made === null ? undefined : Number(made[1]);
}

function isRunning(program: number): boolean {
  try {
    process.kill(program, 0);
    return true;
  } catch (error) {
    // Somebody else's is running as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
