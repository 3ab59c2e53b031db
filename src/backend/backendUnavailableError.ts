/** A backend asked for by name cannot run here. The message is one line: which, why, and what to do. */
export class BackendUnavailableError extends Error {
  override readonly name = 'BackendUnavailableError';
  /** The backend asked for. */
  readonly backend: string;
  /** Why it cannot run, in a few words. */
  readonly reason: string;
  /** What would make it run. */
  readonly remedy: string;

  constructor(backend: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(`backend "${backend}" is not available: ${reason}; ${remedy}, or use "auto"`, options);
    this.backend = backend;
    this.reason = reason;
    this.remedy = remedy;
  }
}
