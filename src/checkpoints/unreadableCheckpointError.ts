/** Thrown when a file is not a whole checkpoint; says in a line which file, what is wrong with it, and where. */
export class UnreadableCheckpointError extends Error {
  readonly path: string;

  constructor(path: string, what: string, cause?: unknown) {
    super(`cannot read the checkpoint '${path}': ${what}`, cause === undefined ? {} : { cause });
    this.name = 'UnreadableCheckpointError';
    this.path = path;
  }
}
