import type { Row } from '../../step.ts';
import { FormatDetector, type LineFormat, lineFormats, type TextFormat } from './formats.ts';
import { HeadedRows } from './headedRows.ts';
import { type LineParser, Malformed, type TextRecord } from './parsedLine.ts';
import { patternParser } from './pattern.ts';
import { type FieldChoice, RecordRows } from './recordRows.ts';
import { excerpt, type TextNotice } from './textNotice.ts';

export interface TextRowsOptions extends FieldChoice {
  readonly format?: TextFormat | undefined;
  readonly pattern?: string | RegExp | undefined;
  readonly without?: readonly string[] | undefined;
  /** What the log is called in messages. */
  readonly source: string;
  /** What the run is called. */
  readonly name: string;
  readonly notice: (notice: TextNotice) => void;
}

/** Lines within which the format has to show: some trainers print thousands of settings first. */
const detectWithin = 20_000;
/** Records that the columns are taken from. */
const sampleSize = 500;

/** Makes rows of lines: finds out the format and the columns, then reads. */
export class TextRows {
  readonly #options: TextRowsOptions;
  readonly #detector: FormatDetector;
  #newParser: (() => LineParser) | undefined;
  #formatName = '';
  #parser: LineParser | undefined;
  /** Reads ahead, for the columns. */
  #sampler: LineParser | undefined;
  readonly #sample: TextRecord[] = [];
  #headed: HeadedRows | undefined;
  #records: RecordRows | undefined;
  /** Lines, from number {@link #waitingFrom}, that cannot be made rows of before the columns are known. */
  #waiting: string[] = [];
  #waitingFrom = 1;
  #toldField = false;

  /** @throws {RangeError} for a pattern that is none. */
  constructor(options: TextRowsOptions) {
    this.#options = options;
    this.#detector = new FormatDetector(options.loss);
    const { pattern, format } = options;
    if (pattern !== undefined) {
      const parser = patternParser(pattern);
      this.#formatIs('pattern', () => parser);
    } else if (format !== undefined && format !== 'trainer-state') this.#formatIs(format, lineFormats[format]);
  }

  /** A new file begins: with a header of its own, if the format has one. */
  restart(): void {
    this.#parser = this.#newParser?.();
  }

  /**
   * The rows of some lines; or what kind of document these lines are part of.
   * @param first number of the first line
   * @throws {Error} when format or columns cannot be found out
   */
  read(lines: readonly string[], first: number): Iterable<Row> | 'trainer-state' {
    if (this.#headed !== undefined || this.#records !== undefined) return this.#rows(lines, first);
    if (this.#waiting.length === 0) this.#waitingFrom = first;
    for (const [index, line] of lines.entries()) {
      this.#waiting.push(line);
      if (this.#isHeader(line)) continue;
      if (this.#newParser !== undefined) this.#look(line);
      else if (this.#detect(line) === 'trainer-state') {
        for (const later of lines.slice(index + 1)) this.#waiting.push(later);
        return 'trainer-state';
      }
    }
    return this.#settle() ? this.#rows(this.#waiting.splice(0), this.#waitingFrom) : [];
  }

  /** Takes lines that were read but are to be looked at again, by whoever knows what they are part of. */
  takeWaiting(): string[] {
    return this.#waiting.splice(0);
  }

  /** Makes rows of records that are no lines. Those before the first loss, evaluations for example, wait for it. */
  *readRecords(records: readonly TextRecord[], first: number): Generator<Row> {
    if (this.#records === undefined) {
      const begin = first - this.#sample.length;
      this.#sample.push(...records);
      if (!this.#hasLoss()) return;
      this.#records = this.#recordRows(this.#sample);
      for (const [index, record] of this.#sample.splice(0).entries()) yield* this.#row(record, begin + index, '');
      return;
    }
    for (const [index, record] of records.entries()) yield* this.#row(record, first + index, '');
  }

  /** @throws {Error} when the log ended before it was known what it is. */
  end(): void {
    if (this.#waiting.some((line) => line.trim() !== '') && this.#records === undefined) throw this.#undecided();
  }

  /** Passes over a line, and says so. */
  malformed(number: number, { reason }: Malformed, line: string): void {
    const { notice, source } = this.#options;
    notice({ kind: 'malformed', text: `${source}:${number}: ${reason}; passed over: ${excerpt(line)}` });
  }

  #formatIs(name: LineFormat | 'pattern', parser: () => LineParser): void {
    this.#formatName = name;
    this.#newParser = parser;
    this.#sampler = parser();
    this.restart();
  }

  #isHeader(line: string): boolean {
    if (this.#headed !== undefined || this.#waiting.length > 1 || this.#options.pattern !== undefined) return false;
    this.#headed = HeadedRows.of(line, this.#options.without ?? []);
    if (this.#headed === undefined) return false;
    const { source, notice } = this.#options;
    notice({ kind: 'format', text: `${source}: rows that Onager wrote, of the run ${excerpt(this.#headed.run.name)}` });
    return true;
  }

  #detect(line: string): 'trainer-state' | undefined {
    if (this.#headed !== undefined) return;
    const format = this.#detector.push(line);
    if (format === 'trainer-state') return format;
    if (format !== undefined) {
      this.#formatIs(format, lineFormats[format]);
      for (const waiting of this.#waiting) this.#look(waiting);
    } else if (this.#detector.lines > detectWithin) throw this.#undecided();
  }

  /** Whether it is known what the columns are. */
  #settle(): boolean {
    if (this.#headed !== undefined) return true;
    if (this.#newParser === undefined) return false;
    // With a format that was given, the first records may have no loss.
    if (this.#sample.length < sampleSize && !this.#hasLoss()) {
      if (this.#waiting.length > detectWithin) throw this.#undecided();
      return false;
    }
    this.#records = this.#recordRows(this.#sample);
    return true;
  }

  #look(line: string): void {
    const record = this.#sample.length < sampleSize ? this.#sampler!(line) : null;
    if (record !== null && !(record instanceof Malformed)) this.#sample.push(record);
  }

  #hasLoss(): boolean {
    try {
      new RecordRows(this.#sample, this.#options, '', {});
      return true;
    } catch {
      return false;
    }
  }

  #recordRows(sample: readonly TextRecord[]): RecordRows {
    const { source, name, notice } = this.#options;
    const format = this.#formatName || 'trainer-state';
    const records = new RecordRows(sample, this.#options, name, { source, format });
    notice({ kind: 'format', text: `${source}: format ${format}; ${records.mapping}` });
    return records;
  }

  #undecided(): Error {
    // Says what is missing, by throwing.
    if (this.#sample.length > 0) new RecordRows(this.#sample, this.#options, '', {});
    const { fields } = this.#detector;
    const seen = fields.length === 0 ? '' : `; there is no loss among ${fields.slice(0, 12).map(excerpt).join(', ')}`;
    const what = this.#formatName === '' ? 'the format is not known' : `no line has the format ${this.#formatName}`;
    return new Error(
      `${what} after ${this.#waiting.length} lines${seen}; expected --format, --pattern or --loss to say`,
    );
  }

  *#rows(lines: readonly string[], first: number): Generator<Row> {
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i]!;
      if (this.#headed !== undefined) {
        const row = this.#headed.read(line);
        if (row instanceof Malformed) this.malformed(first + i, row, line);
        else if (row !== null) yield row;
        continue;
      }
      const record = this.#parser!(line);
      if (record instanceof Malformed) this.malformed(first + i, record, line);
      else if (record !== null) yield* this.#row(record, first + i, line);
    }
  }

  *#row(record: TextRecord, number: number, line: string): Generator<Row> {
    const row = this.#records!.row(record);
    if (row instanceof Malformed) this.malformed(number, row, line);
    else if (row !== null) yield row;
    if (this.#toldField) return;
    const field = this.#records!.unknownField(record);
    if (field === undefined) return;
    this.#toldField = true;
    const { source, notice } = this.#options;
    const text = `${source}:${number}: the field ${excerpt(field)} was not there when the columns were settled; left out`;
    notice({ kind: 'fields', text });
  }
}
