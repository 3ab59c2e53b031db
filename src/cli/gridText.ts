/**
 * The values of a `--grid` or `--seeds` option, as text.
 *
 *     values    item ( "," item )*
 *     item      first ".." last               whole numbers, both included: 0..9
 *             | "logspace(" a "," b "," n ")"  n numbers from a to b, each the same multiple of the one before
 *             | "linspace(" a "," b "," n ")"  n numbers from a to b, evenly spaced
 *             | a value; brackets keep commas: [64,64]
 *
 * @throws {Error} naming the item and what was expected
 */
export function gridValues(text: string): string[] {
  const values = items(text).flatMap((item) => {
    if (item === '') throw new Error(`'${text}': expected a value on either side of each comma`);
    const range = /^(-?\d+)\.\.(-?\d+)$/.exec(item);
    if (range !== null) return wholeNumbers(item, Number(range[1]), Number(range[2]));
    const space = /^(logspace|linspace)\((.*)\)$/.exec(item);
    if (space !== null) return spaced(item, space[1] as 'logspace' | 'linspace', space[2]!.split(','));
    return [item];
  });
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) throw new Error(`'${text}': ${twice} is there twice`);
  return values;
}

const mostValues = 10_000;

/** Splits at the commas that are in no brackets. */
function items(text: string): string[] {
  const found = [''];
  let depth = 0;
  for (const character of text) {
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
    if (character === ',' && depth === 0) found.push('');
    else found[found.length - 1] += character;
  }
  return found.map((item) => item.trim());
}

function wholeNumbers(item: string, first: number, last: number): string[] {
  if (!(last >= first && last - first < mostValues))
    throw new Error(`'${item}': expected first..last, at most ${mostValues} whole numbers in rising order`);
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
}

function spaced(item: string, how: 'logspace' | 'linspace', parts: readonly string[]): string[] {
  const [from, to, count] = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const usable = Number.isFinite(from) && Number.isFinite(to) && (how === 'linspace' || (from! > 0 && to! > 0));
  if (parts.length !== 3 || !usable || !Number.isInteger(count) || count! < 2 || count! > mostValues) {
    const ends = how === 'logspace' ? 'two numbers above 0' : 'two numbers';
    throw new Error(`'${item}': expected ${how}(a, b, n) with ${ends} and how many, at least 2`);
  }
  return Array.from({ length: count! }, (_, i) => {
    const share = i / (count! - 1);
    const value = how === 'linspace' ? from! + share * (to! - from!) : from! * (to! / from!) ** share;
    // The last digits of a power differ between machines, and a run is known again by its parameters.
    return String(Number(value.toPrecision(12)));
  });
}
