const decimal = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;
const notFinite = /^([-+]?)(nan|inf|infinity)$/i;

/** A number as Python, C and JavaScript print it, NaN and infinities included; undefined for other text. */
export function textNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (decimal.test(trimmed)) return Number(trimmed);
  const [, sign, word] = notFinite.exec(trimmed) ?? [];
  if (word === undefined) return undefined;
  if (word.toLowerCase() === 'nan') return Number.NaN;
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
