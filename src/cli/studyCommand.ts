import type { Command } from 'commander';
import { ReplaySubject } from 'rxjs';
import { pipelines } from '../../pipelines/registry.ts';
import { studies } from '../../pipelines/studies.ts';
import { runStudy } from '../../pipelines/study/runStudy.ts';
import type { Study, StudyPart } from '../../pipelines/study/study.ts';
import type { Parameters } from '../sweep/job.ts';
import type { SweepControl } from '../sweep/sweep.ts';
import { blamed } from './blamed.ts';
import { fail } from './failure.ts';
import { numberOption } from './numberOption.ts';
import { parameterName, parameterSchemas, parameterValue } from './parameterText.ts';
import { seedList } from './seedList.ts';
import { say } from './showRun.ts';

interface StudyCommandOptions {
  readonly seeds?: string;
  readonly workers?: number;
  readonly out?: string;
  readonly rows?: boolean;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

/** `onager study <name>`: what a paper claims, all variants and controls with several seeds, and what became of it. */
export function addStudyCommand(program: Command): void {
  const command = program
    .command('study')
    .description("run all variants of a paper's claim with several seeds, and judge the claim");
  for (const study of studies) addStudy(command, study);
}

function addStudy(command: Command, study: Study): void {
  command
    .command(study.name)
    .description(study.description)
    .option('--seeds <n>', 'how many seeds, from 0 (default: 5), or a list: 3,7 or 10..19')
    .option('--workers <n>', 'runs at a time (default: one for each processor; 0: in this thread)', numberOption)
    .option(
      '--out <folder>',
      `where to keep every result; what has finished there is not run again (default: runs/${study.name}-study)`,
    )
    .option('--rows', 'keep the rows of each run as well, as Arrow files in that folder')
    .option('--set <name=value>', 'an option of the pipeline for all runs, such as a smaller size', collected)
    .option('--json', 'everything as JSON on stdout')
    .action(async (options: StudyCommandOptions) => {
      try {
        await showStudy(study, options);
      } catch (error) {
        fail(error);
      }
    });
}

/** An interrupt lets the runs under way finish; a second one ends the program. What has finished is kept. */
async function showStudy(study: Study, options: StudyCommandOptions): Promise<void> {
  const { workers, rows, json, set = [], out = `runs/${study.name}-study` } = options;
  const seeds = seedList(options.seeds ?? '5');
  const settings = new Map(study.parts.map((part) => [part, settingsOf(part, set)]));
  // The parts to come are to hear of it as well.
  const control$ = new ReplaySubject<SweepControl>(1);
  let interruptedAt: number | undefined;
  const interrupt = () => {
    const now = performance.now();
    // A terminal's Ctrl-C can arrive twice, from the terminal and from npm; a person takes longer.
    if (interruptedAt !== undefined && now - interruptedAt < 300) return;
    if (interruptedAt !== undefined) process.exit(130);
    interruptedAt = now;
    control$.next('finish');
    say(`starting no further run; the same command goes on from ${out}. Ctrl-C again to quit at once`);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const report = await runStudy(study, {
      seeds,
      out,
      control$,
      progress: process.stderr,
      parameters: (part) => settings.get(part)!,
      beginning: ({ title }) => {
        if (interruptedAt === undefined) say(title);
      },
      ...(workers === undefined ? {} : { workers }),
      ...(rows === undefined ? {} : { rows }),
    });
    process.stdout.write(json ? `${JSON.stringify(report.result())}\n` : `\n${report.text()}\n`);
    say(`\nresults    ${out}`);
    const states = report.parts.flatMap(({ results }) => results.map(({ outcome: { state } }) => state));
    if (interruptedAt !== undefined) process.exitCode = 130;
    else if (states.includes('failed')) process.exitCode = 1;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** What `--set` says, as the pipeline of a part understands it. */
function settingsOf(part: StudyPart, given: readonly string[]): Parameters {
  const schemas = parameterSchemas(pipelines[part.pipeline]!.options);
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new Error(`--set ${text}: expected name=value`);
      const name = blamed('--set', () => parameterName(text.slice(0, at), schemas));
      return [name, blamed(`--set ${name}`, () => parameterValue(text.slice(at + 1), schemas[name]!))];
    }),
  );
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
