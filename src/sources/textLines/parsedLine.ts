/** What a line of a log says: fields by the names they have there. */
export type TextRecord = { readonly [field: string]: TextValue };

export type TextValue = number | boolean | string | null;

/** A line that has the form of its format and yet cannot be read. */
export class Malformed {
  /** What was expected, in a few words. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A record; null for a line that has nothing to say; or what is wrong with it. */
export type ParsedLine = TextRecord | null | Malformed;

/** Reads one line after another; never throws. Some formats remember a header. */
export type LineParser = (line: string) => ParsedLine;

/** More fields than any trainer logs; what is beyond is left out. */
export const fieldLimit = 512;
