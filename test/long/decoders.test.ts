import { it } from 'vitest';
import { decoderLaws, eventLaws } from '../sources/decoderLaws.ts';

it.each(Object.entries({ ...decoderLaws, ...eventLaws }))(
  '%s: a million damaged inputs are read or refused',
  (_, law) => law(1_000_000),
);
