import { batchSizeStudy } from './batchSize/batchSizeStudy.ts';
import { catapultsStudy } from './catapults/catapultsStudy.ts';
import { friendlySamDecompositionStudy } from './friendlySam/friendlySamDecompositionStudy.ts';
import { friendlySamRhoStudy } from './friendlySam/friendlySamRhoStudy.ts';
import { friendlySamStudy } from './friendlySam/friendlySamStudy.ts';
import { friendlySamTrajectoryStudy } from './friendlySam/friendlySamTrajectoryStudy.ts';
import { grokkingStudy } from './grokking/grokkingStudy.ts';
import { lossFunctionsStudy } from './lossFunctions/lossFunctionsStudy.ts';
import { optimizersStudy } from './optimizers/optimizersStudy.ts';
import { rootFreeStudy } from './rootFree/rootFreeStudy.ts';
import { rootFreeCnnStudy, rootFreeTransformerStudy } from './rootFree/rootFreeTrainingStudies.ts';
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
