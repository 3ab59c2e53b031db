const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: expected a directory that may be written to',
  EPERM: 'not permitted: expected a directory that may be written to',
  EROFS: 'the file system is read-only: expected one that may be written to',
  ENOTDIR: 'a part of the path is a file: expected directories',
  EISDIR: 'it is a directory: expected the path of a file',
  EEXIST: 'a part of the path is a file: expected directories',
  ENOENT: 'there is no such directory: expected one, or that it can be made',
  ENAMETOOLONG: 'the name is too long: expected a shorter one',
  ENOSPC: 'no space left on the device: expected room for the run',
  EDQUOT: 'the disk quota is used up: expected room for the run',
  EMFILE: 'too many open files: expected a free file descriptor',
};

/** Thrown when a run cannot be written where it was asked to be; one line that names the path and what was expected. */
export class CannotWriteError extends Error {
  readonly path: string;
  /** The system's code, `ENOSPC` for example, if it was the system that refused. */
  readonly code: string | undefined;

  constructor(path: string, cause: unknown, consequence = '') {
    const code = (cause as { code?: string } | undefined)?.code;
    const said = cause instanceof Error ? cause.message : String(cause);
    const reason = (code !== undefined && reasons[code]) || said.split('\n', 1)[0];
    super(`cannot write '${path}': ${reason}${code === undefined ? '' : ` (${code})`}${consequence}`, { cause });
    this.name = 'CannotWriteError';
    this.path = path;
    this.code = code;
  }
}
