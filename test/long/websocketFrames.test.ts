import { it } from 'vitest';
import { checkDecoder, decoders } from '../sinks/hostileFrames.ts';

it.each(decoders)('%s: a million damaged frames break nothing', (decoder) => {
  checkDecoder(decoder, 1_000_000);
});
