import { describe, it } from 'vitest';
import { parserLaws } from '../sources/parserLaws.ts';

describe('on any text, a million each', () => {
  it.each(Object.entries(parserLaws))('%s', (_, law) => law(1_000_000), 600_000);
});
