/** The port cannot be opened, or not as asked; the message says in one line what to do. */
export class CannotServeError extends Error {
  /** The system's code where the system said no: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, `ENOTFOUND`. */
  readonly code: string | undefined;

  constructor(message: string, code?: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CannotServeError';
    this.code = code;
  }
}

/** Says in one line what an error of `listen` means. */
export function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): CannotServeError {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} on ${host} is in use: choose another port, or 0 for any free one`,
    EACCES: `port ${port} on ${host} may not be opened by this user: choose one of 1024 or above`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: choose 127.0.0.1, or 0.0.0.0 for all of its addresses`,
    ENOTFOUND: `${host} is not a known host: choose 127.0.0.1, or 0.0.0.0 for all addresses of this machine`,
  };
  return new CannotServeError(
    why[cause.code ?? ''] ?? `cannot serve on ${host}:${port}: ${cause.message}`,
    cause.code,
    cause,
  );
}
