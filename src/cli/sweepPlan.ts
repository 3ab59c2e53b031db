import type { AnyPipeline } from '../../pipelines/registry.ts';
import type { Json } from '../run.ts';
import type { Parameters } from '../sweep/job.ts';
import { gridCells, type Variants, variantRuns } from '../sweep/variants.ts';
import { checked } from '../validation.ts';
import { blamed } from './blamed.ts';
import { gridValues } from './gridText.ts';
import { type ParameterSchemas, parameterName, parameterSchemas, parameterValue } from './parameterText.ts';
import { seedList } from './seedList.ts';

/** What the command line says of a sweep, as it was given. */
export interface SweepText {
  /** Options that all runs have in common. */
  readonly fixed: { readonly [name: string]: string };
  /** `name=values` */
  readonly grid: readonly string[];
  readonly seeds?: string | undefined;
  /** `name=value` of the baseline */
  readonly compare: readonly string[];
}

export interface SweepPlan {
  readonly variants: Variants;
  readonly baseline: Parameters | undefined;
}

/**
 * The runs that a command line asks for, each checked with the options of the pipeline, so that nothing has been run
 * when something is amiss.
 * @throws {Error} in one line naming the option, its value and what was expected
 */
export function sweepPlan(pipeline: AnyPipeline, exported: string, text: SweepText): SweepPlan {
  const schemas = parameterSchemas(pipeline.options);
  const parameters: Record<string, Json> = {};
  for (const [name, value] of Object.entries(text.fixed))
    parameters[name] = blamed(`--${name}`, () => parameterValue(value, schemas[name]!));
  const grid: Record<string, Json[]> = {};
  for (const given of text.grid) {
    const [name, values] = setting('--grid', given, schemas);
    if (Object.hasOwn(grid, name)) throw new Error(`--grid ${given}: ${name} is in the grid already`);
    if (Object.hasOwn(parameters, name)) throw new Error(`--grid ${given}: ${name} is given as --${name} already`);
    grid[name] = blamed(`--grid ${name}`, () =>
      gridValues(values).map((value) => parameterValue(value, schemas[name]!)),
    );
  }
  const variants: Variants = {
    module: 'onager/pipelines',
    export: exported,
    parameters,
    cells: gridCells(grid),
    ...(text.seeds === undefined ? {} : { seeds: sweepSeeds(text.seeds, { ...parameters, ...grid }) }),
  };
  for (const { job } of variantRuns(variants)) checked(pipeline.name, pipeline.options, job.parameters);
  return { variants, baseline: text.compare.length === 0 ? undefined : baselineOf(text.compare, grid, schemas) };
}

function baselineOf(
  compare: readonly string[],
  grid: { readonly [name: string]: readonly Json[] },
  schemas: ParameterSchemas,
): Parameters {
  return Object.fromEntries(
    compare.map((given) => {
      const [name, value] = setting('--compare', given, schemas);
      const baseline = blamed(`--compare ${name}`, () => parameterValue(value, schemas[name]!));
      if (grid[name]?.includes(baseline)) return [name, baseline];
      const there = grid[name]?.join(', ');
      throw new Error(
        `--compare ${given}: expected ${there === undefined ? 'an option' : `one of ${there}, as`} in the grid`,
      );
    }),
  );
}

function sweepSeeds(text: string, taken: object): number[] {
  if (Object.hasOwn(taken, 'seed')) throw new Error(`--seeds ${text}: seed is given otherwise already`);
  return seedList(text);
}

/** Splits `name=values`. */
function setting(option: string, given: string, schemas: ParameterSchemas): [name: string, values: string] {
  const at = given.indexOf('=');
  if (at < 1) throw new Error(`${option} ${given}: expected name=values`);
  return [blamed(option, () => parameterName(given.slice(0, at), schemas)), given.slice(at + 1)];
}
