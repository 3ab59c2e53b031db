import { blamed } from './blamed.ts';
import { gridValues } from './gridText.ts';

/**
 * The seeds that `--seeds` means: a single number says how many, from 0; else a list, such as 3,7 or 10..19.
 * @throws {Error} in one line naming the option, its value and what was expected
 */
export function seedList(text: string): number[] {
  return blamed('--seeds', () => {
    const given = /^\d+$/.test(text)
      ? Number(text) > 0
        ? gridValues(`0..${Number(text) - 1}`)
        : []
      : gridValues(text);
    const seeds = given.map((seed) => (/^-?\d+$/.test(seed) ? Number(seed) : Number.NaN));
    if (seeds.length === 0 || seeds.some((seed) => !Number.isSafeInteger(seed)))
      throw new Error(`'${text}': expected how many, at least 1, or a list such as 3,7 or 10..19`);
    return seeds;
  });
}
