import type { z } from 'zod';

/**
 * The options a schema accepts, defaults filled in.
 * @throws {RangeError} in one line: where, which option, what was given and what was expected.
 */
export function checked<S extends z.ZodType>(where: string, schema: S, options: unknown): z.output<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  throw new RangeError(
    result.error.issues
      .map((issue) => {
        const path = issue.path.join('.');
        const given = issue.path.reduce<unknown>(
          (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
          options,
        );
        return `${where}: ${path ? `${path} = ${printed(given)}: ` : ''}${issue.message}`;
      })
      .join('; '),
  );
}

function printed(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'function') return 'a function';
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return String(value);
  }
}
