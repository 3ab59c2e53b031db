import type { LineParser, TextValue } from './parsedLine.ts';
import { textNumber } from './textNumber.ts';

/**
 * Lines that match a regular expression of the user's own; its named groups are the fields. Other lines are passed
 * over. How long an expression may take on a line is up to whoever wrote it.
 *
 * @throws {RangeError} when it is no regular expression, or has no named group.
 */
export function patternParser(pattern: string | RegExp): LineParser {
  const expression = compiled(pattern);
  return (line) => {
    const groups = expression.exec(line)?.groups;
    if (groups === undefined) return null;
    const record: Record<string, TextValue> = {};
    for (const [name, text] of Object.entries(groups))
      record[name] = text === undefined ? null : (textNumber(text) ?? text);
    return record;
  };
}

function compiled(pattern: string | RegExp): RegExp {
  const source = typeof pattern === 'string' ? pattern : pattern.source;
  // Without the flags that make an expression remember where it stopped.
  const flags = typeof pattern === 'string' ? '' : pattern.flags.replace(/[gy]/g, '');
  let expression: RegExp;
  try {
    expression = new RegExp(source, flags);
  } catch (error) {
    throw new RangeError(`pattern ${JSON.stringify(source)}: ${(error as Error).message}`);
  }
  if (!/\(\?<[A-Za-z_$]/.test(source))
    throw new RangeError(
      `pattern ${JSON.stringify(source)}: expected named groups, such as (?<step>\\d+) and (?<loss>\\S+)`,
    );
  return expression;
}
