import { statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Endings of a path that is a single Arrow file, whether or not it is there already. */
const fileEndings = ['.arrow', '.arrows', '.feather', '.ipc'];

/** The two tables of a run folder. */
export interface RunFolderPaths {
  /** A row a step: everything that is not an event. */
  readonly steps: string;
  /** A row a report of an event. */
  readonly events: string;
}

/**
 * Whether a path is that of a run folder: it is one, or ends like one, or has no ending of an Arrow file. A file that
 * is there is a file, whatever its name.
 */
export function isRunFolder(path: string): boolean {
  const isFolder = folderAt(path);
  if (isFolder !== undefined) return isFolder;
  return /[/\\]$/.test(path) || !fileEndings.includes(extname(path).toLowerCase());
}

/** Undefined where there is nothing, or nobody can tell: whoever opens it will say why. */
function folderAt(path: string): boolean | undefined {
  try {
    return statSync(path).isDirectory();
  } catch {
    return undefined;
  }
}

export function pathsIn(folder: string): RunFolderPaths {
  return { steps: join(folder, 'steps.arrows'), events: join(folder, 'events.arrows') };
}
