import type { Command } from 'commander';
import type { Recovery } from '../../sinks/arrow/recover.ts';
import { recoverRun } from '../../sinks/arrow/recoverRun.ts';
import { fail } from './failure.ts';
import { say } from './showRun.ts';

interface RecoverOptions {
  readonly into?: string;
  readonly json?: boolean;
}

/** `onager recover`: makes finished tables of a run that was cut off. */
export function addRecoverCommand(program: Command): void {
  program
    .command('recover')
    .description('make finished Arrow files of a run that was cut off')
    .argument('<run>', 'folder or Arrow file that a run was written to')
    .option('--into <path>', 'write there, and leave the run as it is')
    .option('--json', 'what was found as JSON on stdout')
    .action(async (run: string, { into, json }: RecoverOptions) => {
      try {
        const recovery = await recoverRun(run, into);
        const { steps, events, leftovers } = recovery;
        if (json)
          process.stdout.write(`${JSON.stringify(events === undefined ? { ...steps, leftovers } : recovery)}\n`);
        say(line(steps));
        if (events !== undefined) say(line(events));
        for (const path of leftovers.removed) say(`${path}: removed, a finish that was never done`);
        for (const path of leftovers.kept) say(`${path}: being written by a program that still runs`);
      } catch (error) {
        fail(error);
      }
    });
}

function line({ path, recovered, rows, batches, lostBytes, lostRows }: Recovery): string {
  const kept = `${rows} rows in ${batches} batches`;
  if (!recovered) return `${path}: was finished already; ${kept}`;
  const lost = lostRows === null ? 'with an unknown number of rows' : `${lostRows} rows`;
  return `${path}: ${kept} kept, ${lostBytes === 0 ? 'nothing lost' : `lost ${lostBytes} bytes, ${lost}`}`;
}
