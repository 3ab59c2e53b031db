import { fieldLimit, Malformed, type ParsedLine, type TextValue } from './parsedLine.ts';
import { textNumber } from './textNumber.ts';

const begin = /\biteration {1,20}(\d{1,15}) {0,20}\/ {0,20}\d{1,15} {0,20}\|/;

/**
 * A line of Megatron-LM, Megatron-DeepSpeed (BLOOM) and their descendants:
 * ` iteration    31219/  115311 | learning rate: 5.9E-05 | lm loss: 5.098124E+00 | grad norm: 960.351 |`.
 * Whatever comes before (ranks, times) is passed over, and so are lines without an iteration.
 * Source: `training_log` in megatron/training/training.py; the public logs of BLOOM-176B.
 */
export function parseMegatronLine(line: string): ParsedLine {
  const found = begin.exec(line);
  if (found === null) return null;
  const record: Record<string, TextValue> = { iteration: Number(found[1]) };
  const parts = line.slice(found.index + found[0].length).split('|', fieldLimit);
  for (const part of parts) {
    const colon = part.lastIndexOf(':');
    if (colon === -1) {
      if (part.trim() === '') continue;
      return new Malformed(`expected 'name: value' between bars, got '${part.trim().slice(0, 40)}'`);
    }
    const name = part.slice(0, colon).trim();
    const value = textNumber(part.slice(colon + 1));
    if (name === '' || value === undefined)
      return new Malformed(
        `expected a number for '${name.slice(0, 40)}', got '${part
          .slice(colon + 1)
          .trim()
          .slice(0, 40)}'`,
      );
    record[name] = value;
  }
  return record;
}
