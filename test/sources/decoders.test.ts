import { it } from 'vitest';
import { decoderLaws } from './decoderLaws.ts';

it.each(Object.entries(decoderLaws))('%s: 100 000 damaged inputs are read or refused', (_, law) => law(100_000));
