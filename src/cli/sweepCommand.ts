import { type Command, Option } from 'commander';
import { Subject } from 'rxjs';
import { type AnyPipeline, pipelines } from '../../pipelines/registry.ts';
import { type CellComparison, cellStatistics, compareCells } from '../sweep/cellStatistics.ts';
import { plainResult } from '../sweep/plainResult.ts';
import { runVariants } from '../sweep/runVariants.ts';
import type { SweepControl } from '../sweep/sweep.ts';
import type { VariantResult } from '../sweep/variants.ts';
import { comparisonTable, shownPaths, variantsTable } from '../sweep/variantsTable.ts';
import { fail } from './failure.ts';
import { numberOption } from './numberOption.ts';
import { parameterFlag, parameterHelp, parameterSchemas } from './parameterText.ts';
import { say } from './showRun.ts';
import { type SweepPlan, sweepPlan } from './sweepPlan.ts';

/** Options of the command itself; the others are the pipeline's, as text. */
interface SweepCommandOptions {
  readonly grid?: readonly string[];
  readonly seeds?: string;
  readonly workers?: number;
  readonly memory?: number;
  readonly out?: string;
  readonly rows?: boolean;
  readonly show?: readonly string[];
  readonly compare?: readonly string[];
  readonly json?: boolean;
}

/** `onager sweep <pipeline>`: a grid of options and seeds over worker threads, and a table of what came of it. */
export function addSweepCommand(program: Command): void {
  const sweep = program
    .command('sweep')
    .description('run a pipeline many times over worker threads, with a grid of options and seeds');
  for (const [exported, pipeline] of Object.entries(pipelines)) {
    // What has no seed trains nothing: `watch` reads the log of another program.
    if (Object.hasOwn(parameterSchemas(pipeline.options), 'seed')) addPipeline(sweep, exported, pipeline);
  }
}

function addPipeline(sweep: Command, exported: string, pipeline: AnyPipeline): void {
  const command = sweep
    .command(pipeline.name)
    .description(pipeline.description)
    .option(
      '--grid <name=values>',
      'values of an option, to be run with each of every other --grid: lr=0.1,0.2 or 0..9 or logspace(1e-3,1,7) or linspace(1,2,5)',
      collected,
    )
    .option('--seeds <n>', 'how many seeds, from 0, or a list: 3,7 or 10..19')
    .option('--workers <n>', 'runs at a time (default: one for each processor; 0: in this thread)', numberOption)
    .option('--memory <MiB>', 'most heap for a run, beyond which it fails', numberOption)
    .option('--out <folder>', 'where to keep the results; what has finished there is not run again')
    .option('--rows', 'keep the rows of each run as well, as Arrow files in --out')
    .option('--show <names>', 'numbers to show, such as testLoss.after,seconds', (text) => text.split(','))
    .option('--compare <name=value>', 'the variant to compare the others with, seed by seed', collected)
    .option('--json', 'everything as JSON on stdout');
  const own = new Set(command.options.map((option) => option.attributeName()));
  // An option of the pipeline that has the name of one of these can still be given in the grid.
  const schemas = Object.entries(parameterSchemas(pipeline.options)).filter(([name]) => !own.has(name));
  for (const [name, schema] of schemas) {
    const flag = parameterFlag(name);
    command.addOption(new Option(`--${flag} <value>`, parameterHelp(schema)));
    if (flag !== name) command.addOption(new Option(`--${name} <value>`).hideHelp());
  }
  command.action(async (options: SweepCommandOptions) => {
    try {
      const given = options as unknown as { readonly [name: string]: string };
      const fixed = Object.fromEntries(
        schemas.flatMap(([name]) => (given[name] === undefined ? [] : [[name, given[name]]])),
      );
      const { grid = [], seeds, compare = [] } = options;
      await runSweep(sweepPlan(pipeline, exported, { fixed, grid, seeds, compare }), options, pipeline);
    } catch (error) {
      fail(error);
    }
  });
}

/** An interrupt lets the runs under way finish; a second one ends them as well, and what has finished is reported. */
async function runSweep(
  { variants, baseline }: SweepPlan,
  options: SweepCommandOptions,
  pipeline: AnyPipeline,
): Promise<void> {
  const { workers, memory, out, rows, show } = options;
  const control$ = new Subject<SweepControl>();
  let interruptedAt: number | undefined;
  const interrupt = () => {
    const now = performance.now();
    // A terminal's Ctrl-C can arrive twice, from the terminal and from npm; a person takes longer.
    if (interruptedAt !== undefined && now - interruptedAt < 300) return;
    control$.next(interruptedAt === undefined ? 'finish' : 'abandon');
    if (interruptedAt === undefined) say('starting no further run; Ctrl-C again to abandon those under way');
    interruptedAt = now;
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const results = await runVariants(variants, {
      control$,
      progress: process.stderr,
      ...(workers === undefined ? {} : { workers }),
      ...(memory === undefined ? {} : { memory }),
      ...(out === undefined ? {} : { out }),
      ...(rows === undefined ? {} : { rows }),
    });
    const reused = results.filter((result) => result.reused).length;
    if (reused > 0) say(`${reused} of ${results.length} runs had finished before (${out}); they were not run again`);
    const abandoned = results.filter(({ outcome }) => outcome.state === 'abandoned').length;
    if (abandoned > 0) say(`${abandoned} of ${results.length} runs were not made or not finished`);
    const cells = cellStatistics(results);
    const comparisons = baseline && compareCells(results, baseline);
    const finished = results.flatMap(({ outcome }) => (outcome.state === 'finished' ? [outcome.result] : []));
    const law = pipeline.law?.(finished) ?? null;
    if (options.json) process.stdout.write(`${JSON.stringify({ ...asJson(results, comparisons), law })}\n`);
    else {
      const missing = show?.filter((name) => shownPaths(cells, [name]).length === 0) ?? [];
      if (missing.length > 0)
        say(`--show ${missing.join(',')}: not in the results; there are ${shownPaths(cells).join(', ')}`);
      const shown = { width: process.stdout.columns ?? 100, ...(show === undefined ? {} : { show }) };
      process.stdout.write(`\n${variantsTable(cells, shown)}\n`);
      if (comparisons !== undefined) process.stdout.write(`\n${comparisonTable(comparisons, shown)}\n`);
      if (law !== null) process.stdout.write(`\n${law.text}\n`);
    }
    if (interruptedAt !== undefined) process.exitCode = 130;
    else if (results.some(({ outcome }) => outcome.state === 'failed')) process.exitCode = 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function asJson(results: readonly VariantResult[], comparisons: readonly CellComparison[] | undefined) {
  // A spread or a difference of diverged runs is no number, and said so as in the results.
  const plain = (numbers: ReadonlyMap<string, object>) =>
    plainResult(Object.fromEntries(numbers) as Parameters<typeof plainResult>[0]);
  return {
    runs: results.map(({ parameters, seed, job, reused, outcome: { run: _run, job: _job, ...outcome } }) => ({
      name: job.name,
      parameters,
      seed,
      file: job.file ?? null,
      reused,
      ...outcome,
    })),
    cells: cellStatistics(results).map((cell) => ({ ...cell, numbers: plain(cell.numbers) })),
    ...(comparisons && {
      comparisons: comparisons.map((comparison) => ({ ...comparison, numbers: plain(comparison.numbers) })),
    }),
  };
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
