#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { addBackendCommand } from './backendCommand.ts';
import { addBenchCommand } from './benchCommand.ts';
import { fail } from './failure.ts';
import { addRecoverCommand } from './recoverCommand.ts';
import { addReplayCommand } from './replayCommand.ts';
import { addReportCommand } from './reportCommand.ts';
import { addRunCommand } from './runCommand.ts';
import { addStudyCommand } from './studyCommand.ts';
import { addSweepCommand } from './sweepCommand.ts';
import { addTailCommand } from './tailCommand.ts';
import { addWatchCommand } from './watchCommand.ts';

const { version } = createRequire(import.meta.url)('onager/package.json') as { version: string };

const program = new Command('onager')
  .description('training dynamics as streams: spikes, catapults, eigenspaces, while the run is still going')
  .version(version)
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'onager: ')) })
  .showHelpAfterError('(onager --help shows the options)');

addRunCommand(program);
addSweepCommand(program);
addStudyCommand(program);
addWatchCommand(program);
addReplayCommand(program);
addRecoverCommand(program);
addReportCommand(program);
addTailCommand(program);
addBackendCommand(program);
addBenchCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
