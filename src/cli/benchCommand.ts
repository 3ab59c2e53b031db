import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, Option } from 'commander';
import { type DetectorModule, detectorModule } from '../testing/detectorModule.ts';
import { runDetectorSuite, SPIKE_FINDERS, TRANSITION_FINDERS } from '../testing/detectorSuite.ts';
import { detectorSuiteTables } from '../testing/detectorSuiteTables.ts';
import type { SuiteSet } from '../testing/standardSuite.ts';
import { fail } from './failure.ts';
import { numberOption } from './numberOption.ts';

interface BenchOptions {
  readonly module?: string;
  readonly set: SuiteSet;
  readonly traces: number;
  readonly json?: boolean;
}

/** `onager bench detectors`: the standard suite on our detectors, the usual ones, and one of your own. */
export function addBenchCommand(program: Command): void {
  const bench = program.command('bench').description('compare detectors on frozen traces');
  bench
    .command('detectors')
    .description('precision, recall and midpoint errors of detectors on the standard suite')
    .option(
      '--module <file>',
      'ES module with detectors of your own: makeSpikeDetector (or default), makeTransitionDetector',
    )
    .addOption(
      new Option('--set <name>', 'tuning while you change a detector, held-out once, to report')
        .choices(['tuning', 'held-out'])
        .default('tuning'),
    )
    .option('--traces <n>', 'traces for each noise level', numberOption, 500)
    .option('--json', 'results as JSON on stdout')
    .action(async ({ module: file, set, traces, json }: BenchOptions) => {
      try {
        const { makeSpikeDetector, makeTransitionDetector } = file === undefined ? {} : await loaded(file);
        const yours = file === undefined ? '' : basename(file);
        const result = runDetectorSuite({
          set,
          traces,
          spikes: makeSpikeDetector === undefined ? SPIKE_FINDERS : { [yours]: makeSpikeDetector, ...SPIKE_FINDERS },
          transitions:
            makeTransitionDetector === undefined
              ? TRANSITION_FINDERS
              : { [yours]: makeTransitionDetector, ...TRANSITION_FINDERS },
        });
        process.stdout.write(`${json ? JSON.stringify(result) : detectorSuiteTables(result)}\n`);
      } catch (error) {
        fail(error);
      }
    });
}

/** @throws {Error} in one line with the file's name, when it cannot be loaded or is not a detector module. */
async function loaded(file: string): Promise<DetectorModule> {
  const path = resolve(file);
  if (!existsSync(path)) throw new Error(`bench: ${file}: no such file`);
  try {
    return detectorModule((await import(pathToFileURL(path).href)) as Record<string, unknown>);
  } catch (error) {
    throw new Error(`bench: ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
