import { StringDecoder } from 'node:string_decoder';

/** Characters after which a line is taken as it is: no trainer writes longer ones, and memory is bounded. */
export const lineLimit = 1 << 20;

/**
 * Cuts bytes into lines, wherever the bytes are cut. Of a line that a progress bar has written over (`\r`), the last
 * version counts. What is longer than {@link lineLimit} is cut off there.
 */
export class LineSplitter {
  #decoder = new StringDecoder('utf8');
  #rest = '';
  /** Whether the rest of a line that was too long is being passed over. */
  #skipping = false;
  #first = true;

  push(chunk: Buffer): string[] {
    let text = this.#decoder.write(chunk);
    if (this.#first && text !== '') {
      this.#first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    const lines = text.split('\n');
    const last = lines.pop()!;
    if (lines.length === 0) {
      this.#keep(last);
      return [];
    }
    lines[0] = this.#rest + (this.#skipping ? '' : lines[0]!);
    this.#rest = '';
    this.#skipping = false;
    this.#keep(last);
    for (let i = 0; i < lines.length; i++) lines[i] = lastVersion(lines[i]!);
    return lines;
  }

  /** The line that the bytes end with, if there is one without a line end; then begins anew. */
  end(): string | undefined {
    const rest = this.#rest + (this.#skipping ? '' : this.#decoder.end());
    this.#decoder = new StringDecoder('utf8');
    this.#rest = '';
    this.#skipping = false;
    this.#first = true;
    return rest === '' ? undefined : lastVersion(rest);
  }

  #keep(text: string): void {
    if (this.#skipping) return;
    this.#rest += text;
    if (this.#rest.length <= lineLimit) return;
    this.#rest = this.#rest.slice(0, lineLimit);
    this.#skipping = true;
  }
}

function lastVersion(line: string): string {
  const cut = line.length > lineLimit ? line.slice(0, lineLimit) : line;
  if (!cut.includes('\r')) return cut;
  const versions = cut.split('\r');
  return versions.findLast((version) => version !== '') ?? '';
}
