import { fieldLimit, Malformed, type ParsedLine, type TextValue } from './parsedLine.ts';
import { textNumber } from './textNumber.ts';

/** A key and its value; every repetition has a bound, so that no line takes long. Strings have no quotes within. */
const entry =
  /[ \t]{0,8}(?:'([^'\\]{1,80})'|"([^"\\]{1,80})")[ \t]{0,8}:[ \t]{0,8}(?:'([^'\\]{0,200})'|"([^"\\]{0,200})"|([^\s,{}()[\]'"]{1,60}))[ \t]{0,8}([,}])/y;
const words: ReadonlyMap<string, TextValue> = new Map<string, TextValue>([
  ['True', true],
  ['False', false],
  ['None', null],
]);

/**
 * A flat Python dictionary as `print` shows it, anywhere in a line: what the `Trainer` of Hugging Face says of its
 * progress, `{'loss': 2.31, 'grad_norm': 1.02, 'learning_rate': 4.9e-05, 'epoch': 0.02}`. A bar of progress may stand
 * before it. There is no step in it: rows are counted. Lines without a dictionary are passed over.
 * Source: `ProgressCallback` and `PrinterCallback` in transformers/trainer_callback.py.
 */
export function parsePythonDict(line: string): ParsedLine {
  const begin = line.search(/\{[ \t]{0,8}['"]/);
  if (begin === -1) return null;
  const record: Record<string, TextValue> = {};
  entry.lastIndex = begin + 1;
  for (let fields = 0; fields < fieldLimit; fields++) {
    const at = entry.lastIndex;
    const found = entry.exec(line);
    if (found === null) {
      // An object of JSON, or a dictionary in a dictionary, is another format; one that is cut off is damaged.
      return fields === 0 ? null : new Malformed(`expected a key and a value at character ${at + 1}`);
    }
    const [, single, double, text, otherText, bare, mark] = found;
    const value = scalar(bare ?? text ?? otherText ?? '', bare !== undefined);
    if (value === undefined) return fields === 0 ? null : new Malformed(`expected a value, found '${bare}'`);
    record[(single ?? double)!] = value;
    if (mark === '}') return record;
  }
  return record;
}

/** Newer versions print their numbers as strings. */
function scalar(text: string, bare: boolean): TextValue | undefined {
  const number = textNumber(text);
  if (number !== undefined) return number;
  return bare ? words.get(text) : text;
}
