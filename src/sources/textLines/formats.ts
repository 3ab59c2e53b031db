import { csvParser } from './csv.ts';
import { FieldNames } from './fields.ts';
import { parseJsonLine } from './jsonLine.ts';
import { parseMegatronLine } from './megatron.ts';
import { parseNanoGptLine } from './nanoGpt.ts';
import { type LineParser, Malformed, type TextRecord } from './parsedLine.ts';
import { parsePythonDict } from './pythonDict.ts';

/** Formats of lines; those that a line of another cannot be taken for come first. */
export const lineFormats = {
  json: () => parseJsonLine,
  megatron: () => parseMegatronLine,
  nanogpt: () => parseNanoGptLine,
  'python-dict': () => parsePythonDict,
  csv: csvParser,
} as const satisfies Record<string, () => LineParser>;

export type LineFormat = keyof typeof lineFormats;
export type TextFormat = LineFormat | 'trainer-state';
export const textFormats: readonly TextFormat[] = [
  'json',
  'csv',
  'megatron',
  'nanogpt',
  'python-dict',
  'trainer-state',
];

/** Tells the format of a log from its first lines: the first format that finds a loss in one. */
export class FormatDetector {
  readonly #candidates = (Object.keys(lineFormats) as LineFormat[]).map((name) => ({
    name,
    parser: lineFormats[name](),
  }));
  readonly #loss: FieldNames;
  #lines = 0;
  #record: TextRecord | undefined;

  /** @param loss the field that is the loss, if the user has said so */
  constructor(loss?: string) {
    this.#loss = new FieldNames('loss', loss);
  }

  /** Lines that were no help so far. */
  get lines(): number {
    return this.#lines;
  }

  /** The fields of a record that had no loss, to tell the user. */
  get fields(): readonly string[] {
    return Object.keys(this.#record ?? {});
  }

  push(line: string): TextFormat | undefined {
    this.#lines++;
    const text = line.trim();
    // One object over many lines, or with the list that only this format has.
    if (text === '{' || (text.startsWith('{') && text.includes('"log_history"'))) return 'trainer-state';
    for (const { name, parser } of this.#candidates) {
      const record = parser(line);
      if (record === null || record instanceof Malformed) continue;
      const loss = this.#loss.best(record);
      if (loss !== undefined && typeof record[loss] === 'number') return name;
      if (Object.keys(record).length > 1) this.#record ??= record;
    }
    return undefined;
  }
}
