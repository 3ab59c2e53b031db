import { batchSizeStudy } from './batchSizeStudy.ts';
import { catapultsStudy } from './catapultsStudy.ts';
import { friendlySamDecompositionStudy } from './friendlySamDecompositionStudy.ts';
import { friendlySamRhoStudy } from './friendlySamRhoStudy.ts';
import { friendlySamStudy } from './friendlySamStudy.ts';
import { friendlySamTrajectoryStudy } from './friendlySamTrajectoryStudy.ts';
import { grokkingStudy } from './grokkingStudy.ts';
import { lossFunctionsStudy } from './lossFunctionsStudy.ts';
import { optimizersStudy } from './optimizersStudy.ts';
import { rootFreeCnnStudy, rootFreeStudy, rootFreeTransformerStudy } from './rootFreeStudy.ts';
import type { Study } from './study/study.ts';

/** The studies of the library: what `onager study <name>` can run. */
export const studies: readonly Study[] = [
  catapultsStudy,
  batchSizeStudy,
  optimizersStudy,
  grokkingStudy,
  lossFunctionsStudy,
  friendlySamStudy,
  friendlySamRhoStudy,
  friendlySamDecompositionStudy,
  friendlySamTrajectoryStudy,
  rootFreeStudy,
  rootFreeTransformerStudy,
  rootFreeCnnStudy,
];
