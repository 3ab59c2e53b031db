import { fieldLimit, Malformed, type ParsedLine, type TextValue } from './parsedLine.ts';
import { textNumber } from './textNumber.ts';

/** Every repetition has a bound, so that no line takes long. */
const begin =
  /(?:^|[\s\]>|])(?:step|iter|iteration)[ \t]{0,8}[:=]?[ \t]{0,8}(\d{1,15})(?=$|[\s/:,|])(?:[ \t]{0,8}\/[ \t]{0,8}\d{1,15})?/i;
const between = /[\s,;|()]+/;
/** Digits may have any unit behind them; NaN and infinity only those of time, as `info` is no number. */
const measured = /^([-+]?[\d.]{1,30}(?:e[-+]?\d{1,4})?)[a-z/%]{0,6}$|^([-+]?(?:nan|inf))(?:ms|us|s|%)?$/i;

/**
 * A line of nanoGPT and its descendants, a step and then names with numbers, units allowed: `iter 100: loss 2.3456,
 * time 12.34ms, mfu 17.5%`, `step 250: train loss 2.1, val loss 2.2`, `step:5/5100 train_loss:7.6140`,
 * `step 5/100 | loss 10.97 | norm 15.3 | lr 6e-4`. Whether a line says
 * `step` or `iter`, the field is `step`, as nanoGPT has lines of both kinds. Lines without one are passed over.
 * Source: train.py of karpathy/nanoGPT, train_gpt.py of KellerJordan/modded-nanogpt, train_gpt2.cu of karpathy/llm.c.
 */
export function parseNanoGptLine(line: string): ParsedLine {
  const found = begin.exec(line);
  if (found === null) return null;
  const rest = line.slice(found.index + found[0].length).replace(/^[ \t]{0,8}:/, '');
  const record: Record<string, TextValue> = { step: Number(found[1]) };
  let words: string[] = [];
  let names = 0;
  for (const token of rest.split(between, 4 * fieldLimit)) {
    const mark = token.search(/[:=]/);
    const value = withUnit(mark === -1 ? token : token.slice(mark + 1));
    if (mark !== -1) words.push(token.slice(0, mark));
    if (value !== undefined && words.length > 0) {
      if (names++ < fieldLimit) record[words.join(' ')] = value;
      words = [];
    } else if (mark !== -1 && mark < token.length - 1) {
      return new Malformed(`expected a number after '${token.slice(0, mark + 1).slice(0, 40)}'`);
    } else if (mark === -1 && /^[A-Za-z_]/.test(token)) words.push(token);
    // A name has a few words; more are prose.
    if (words.length > 3) words.shift();
  }
  return names === 0 ? null : record;
}

function withUnit(token: string): number | undefined {
  const found = measured.exec(token);
  return found === null ? undefined : textNumber((found[1] ?? found[2])!);
}
