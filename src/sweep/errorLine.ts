/** The first line of an error's message; of anything else that was thrown, its text. */
export function errorLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n', 1)[0]!;
}
