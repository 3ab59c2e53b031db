import type { Command } from 'commander';
import { type BackendSurvey, surveyBackends } from '../backend/surveyBackends.ts';
import { table } from '../testing/table.ts';
import { fail } from './failure.ts';

/** `onager backend`: which backends run here, how fast they are, and which one `auto` takes. */
export function addBackendCommand(program: Command): void {
  program
    .command('backend')
    .description('which backends run here, how fast they are, and which one is taken')
    .option('--json', 'the same as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      try {
        const survey = await surveyBackends();
        process.stdout.write(`${json ? JSON.stringify(survey) : text(survey)}\n`);
      } catch (error) {
        fail(error);
      }
    });
}

function text({ backends, auto }: BackendSurvey): string {
  const rows = backends.map((backend) =>
    backend.available
      ? [
          `${backend.name}${backend.name === auto ? ' *' : ''}`,
          rounded(backend.product),
          rounded(backend.transposedLeft),
          rounded(backend.transposedRight),
          rounded(backend.smallOperation),
          `${backend.library} ${backend.version}, ${backend.detail}`,
        ]
      : [backend.name, '-', '-', '-', '-', `not available: ${backend.reason}`],
  );
  return [
    table(['backend', 'A B', "A' B", "A B'", 'small op', ''], rows),
    '',
    'A B: GFLOP/s of products of 512 x 512 matrices; small op: microseconds that adding two numbers takes.',
    '* what auto takes.',
  ].join('\n');
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
