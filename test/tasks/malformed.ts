import { expect } from 'vitest';
import { MalformedFileError } from '../../src/tasks/malformedFileError.ts';

/** Checks that an error is one line that names the file and a byte of it. */
export function expectMalformed(error: unknown, file: string, length: number): void {
  expect(error).toBeInstanceOf(MalformedFileError);
  const { message } = error as Error;
  expect(message).toMatch(/at byte \d+: .*expected [^\n]+$/);
  expect(message).not.toContain('\n');
  expect(message.startsWith(file)).toBe(true);
  expect(Number(/at byte (\d+)/.exec(message)![1])).toBeLessThanOrEqual(length);
}
