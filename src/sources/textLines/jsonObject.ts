import { Malformed } from './parsedLine.ts';

/**
 * A line of JSON Lines as an object, with the bare NaN and Infinity that Python's `json` writes; null for a blank line.
 */
export function jsonObject(line: string): Record<string, unknown> | null | Malformed {
  const text = line.trim();
  if (text === '') return null;
  if (!text.startsWith('{')) return new Malformed('expected an object as JSON');
  const value = parsed(text) ?? parsed(withQuotedNumbers(text));
  if (value === undefined) return new Malformed('expected an object as JSON');
  return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const bare = /-?Infinity|NaN/y;

/** Puts quotes around NaN and the infinities where they are outside of strings. One pass, whatever the line. */
function withQuotedNumbers(text: string): string {
  let result = '';
  let copied = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === 'N' || character === 'I' || character === '-') {
      bare.lastIndex = at;
      const [word] = bare.exec(text) ?? [];
      if (word === undefined) continue;
      result += `${text.slice(copied, at)}"${word}"`;
      copied = at + word.length;
      at = copied - 1;
    }
  }
  return result + text.slice(copied);
}
