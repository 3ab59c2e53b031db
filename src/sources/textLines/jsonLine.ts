import { jsonObject } from './jsonObject.ts';
import { fieldLimit, Malformed, type ParsedLine, type TextRecord, type TextValue } from './parsedLine.ts';
import { textNumber } from './textNumber.ts';

/** Objects within objects are read this deep. */
const depthLimit = 4;

/**
 * A line of JSON Lines. Fields of inner objects are named with slashes, `train/loss`; lists are left out. Text that
 * is a number counts as one: fairseq writes all its numbers so, and NaN has no other form in JSON.
 */
export function parseJsonLine(line: string): ParsedLine {
  const object = jsonObject(line);
  return object === null || object instanceof Malformed ? object : flatRecord(object);
}

/** The scalars of an object, those of inner objects too. */
export function flatRecord(object: Record<string, unknown>): TextRecord {
  const record: Record<string, TextValue> = {};
  let left = fieldLimit;
  const gather = (inner: Record<string, unknown>, prefix: string, depth: number) => {
    for (const [name, value] of Object.entries(inner)) {
      if (left === 0) return;
      if (typeof value === 'object' && value !== null) {
        if (!Array.isArray(value) && depth < depthLimit)
          gather(value as Record<string, unknown>, `${prefix}${name}/`, depth + 1);
        continue;
      }
      left--;
      record[prefix + name] = typeof value === 'string' ? (textNumber(value) ?? value) : (value as TextValue);
    }
  };
  gather(object, '', 1);
  return record;
}
