import { it } from 'vitest';
import { frameLaws } from '../sinks/hostileFrames.ts';

it.each(Object.entries(frameLaws))('%s: a million damaged frames break nothing', (_, law) => law(1_000_000));
