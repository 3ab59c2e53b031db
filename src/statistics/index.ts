export { type LeastSquaresLine, leastSquares } from './leastSquares.ts';
export { mean } from './mean.ts';
export { type PairedDifference, pairedDifference } from './pairedDifference.ts';
export { pearson } from './pearson.ts';
export { quantiles } from './quantiles.ts';
export { ranks } from './ranks.ts';
export { spearman } from './spearman.ts';
export { standardDeviation, standardError } from './standardDeviation.ts';
