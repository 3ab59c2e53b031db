/** What there is to say about a log while it is read; `text` is a line for a person. */
export interface TextNotice {
  /**
   * `format`: what the log was taken for. `malformed`: a line was passed over. `fields`: a field is left out, as it was
   * not there when the columns were settled. `restarted`: the file was rotated or cut short. `waiting`: there is no
   * file yet.
   */
  readonly kind: 'format' | 'malformed' | 'fields' | 'restarted' | 'waiting';
  readonly text: string;
}

/** A piece of a log fit to be shown: one short line without control characters. */
export function excerpt(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ');
}
