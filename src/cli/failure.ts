/** Tells an error in one line on stderr and sets the exit code; ONAGER_DEBUG=1 shows the stack as well. */
export function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`onager: ${message.split('\n')[0]}\n`);
  if (process.env.ONAGER_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
