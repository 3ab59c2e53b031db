import { styleText } from 'node:util';

/** The part of a stream that is written to; `process.stderr` is one. */
export interface TerminalStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Characters in a line. */
  readonly columns?: number | undefined;
}

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

const clearLine = '\r\x1b[2K';

/**
 * Lines that stay, above one line that changes. The cursor is neither hidden nor moved off its line, so however the
 * program ends there is nothing to restore; where there is no terminal, no control character is written.
 */
export class Screen {
  /** Whether a line can be drawn over. */
  readonly live: boolean;
  readonly #stream: TerminalStream;
  readonly #colours: boolean;
  #drawn = false;

  constructor(stream: TerminalStream, environment: NodeJS.ProcessEnv = process.env) {
    this.#stream = stream;
    this.live = stream.isTTY === true && environment.TERM !== 'dumb';
    this.#colours = this.live && !environment.NO_COLOR;
  }

  /** Characters that fit the changing line without wrapping; a terminal may wrap at its very last one. */
  get width(): number {
    return Math.max(1, (this.#stream.columns || 80) - 1);
  }

  paint(colour: Colour, text: string): string {
    return this.#colours ? styleText(colour, text, { validateStream: false }) : text;
  }

  /** Draws the changing line over what it was. */
  draw(line: string): void {
    this.#stream.write(clearLine + line);
    this.#drawn = true;
  }

  /** Writes a line that stays; the changing line is gone until it is drawn again. */
  print(line: string): void {
    this.#stream.write(`${this.#drawn ? clearLine : ''}${line}\n`);
    this.#drawn = false;
  }
}

/** Text from elsewhere, fit for a terminal: a control character in it could do anything there. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
}
