import { batchSizeStudy } from './batchSizeStudy.ts';
import { catapultsStudy } from './catapultsStudy.ts';
import { lossFunctionsStudy } from './lossFunctionsStudy.ts';
import { optimizersStudy } from './optimizersStudy.ts';
import type { Study } from './study/study.ts';

/** The studies of the library: what `onager study <name>` can run. */
export const studies: readonly Study[] = [
  catapultsStudy,
  batchSizeStudy,
  optimizersStudy,
  lossFunctionsStudy,
];
