export {
  type CellComparison,
  type CellStatistics,
  cellStatistics,
  compareCells,
  type Spread,
} from './cellStatistics.ts';
export type { Job, Outcome, Parameters } from './job.ts';
export { outcomes } from './outcomes.ts';
export type { PreparedJob } from './preparedJob.ts';
export { resultNumbers } from './resultNumbers.ts';
export { type RunVariantsOptions, runVariants } from './runVariants.ts';
export { type SweepControl, type SweepEvent, type SweepOptions, sweep } from './sweep.ts';
export { gridCells, type VariantResult, type VariantRun, type Variants } from './variants.ts';
export { comparisonTable, type TableOptions, variantsTable } from './variantsTable.ts';
