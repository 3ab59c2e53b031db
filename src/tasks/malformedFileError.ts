/** Thrown for bytes that are not the file they should be: names file, offset and expectation. */
export class MalformedFileError extends Error {
  constructor(file: string, offset: number, problem: string) {
    super(`${file}: at byte ${offset}: ${problem}`);
    this.name = 'MalformedFileError';
  }
}
