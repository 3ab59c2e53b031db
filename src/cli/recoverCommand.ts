import type { Command } from 'commander';
import { recoverArrow } from '../../sinks/arrow/recover.ts';
import { fail } from './failure.ts';

interface RecoverOptions {
  readonly into?: string;
  readonly json?: boolean;
}

/** `onager recover`: makes a finished file of a run that was cut off. */
export function addRecoverCommand(program: Command): void {
  program
    .command('recover')
    .description('make a finished Arrow file of a run that was cut off')
    .argument('<file>', 'Arrow file that a run was written to')
    .option('--into <file>', 'write there, and leave the file as it is')
    .option('--json', 'what was found as JSON on stdout')
    .action(async (file: string, { into, json }: RecoverOptions) => {
      try {
        const recovery = await recoverArrow(file, into);
        if (json) process.stdout.write(`${JSON.stringify(recovery)}\n`);
        const { path, recovered, rows, batches, lostBytes, lostRows } = recovery;
        const kept = `${rows} rows in ${batches} batches`;
        const lost =
          lostBytes === 0
            ? 'nothing lost'
            : `lost ${lostBytes} bytes, ${lostRows === null ? 'with an unknown number of rows' : `${lostRows} rows`}`;
        if (!recovered) process.stderr.write(`${path}: was finished already; ${kept}\n`);
        else process.stderr.write(`${path}: ${kept} kept, ${lost}\n`);
      } catch (error) {
        fail(error);
      }
    });
}
