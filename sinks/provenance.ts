import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { RunMetadata } from '../src/run.ts';
import type { Row } from '../src/step.ts';

/** Milliseconds that git may take; a checkout that needs longer goes without. */
const patience = 2000;

let known: RunMetadata | undefined;

/**
 * What made the rows of a run that this program trains: `onager` and `node` (versions) and, where the program runs
 * inside a git checkout, `git` (commit, and whether tracked files differ from it). Nothing for a run from elsewhere,
 * which this program has not made. Found out once a process.
 */
export function provenanceOf(first: Row): RunMetadata {
  if (first.run?.trained !== true) return {};
  known ??= { ...version(), node: process.version, ...checkout(process.cwd()) };
  return known;
}

/** The commit of the checkout that a folder belongs to; nothing where there is no checkout, no commit or no git. */
export function checkout(folder: string): RunMetadata {
  // The checkout may be somebody else's: it is neither written to nor made to run a monitor of its own.
  const options = ['--no-optional-locks', '-c', 'core.fsmonitor=false'];
  const question = ['status', '--porcelain=v2', '--branch', '--untracked-files=no'];
  let answer: string;
  try {
    answer = execFileSync('git', [...options, ...question], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: patience,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 26,
    });
  } catch {
    return {};
  }
  const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(answer)?.[1];
  if (commit === undefined) return {};
  return { git: { commit, dirty: answer.split('\n').some((line) => line !== '' && !line.startsWith('#')) } };
}

function version(): RunMetadata {
  try {
    const { version } = createRequire(import.meta.url)('onager/package.json') as { version: string };
    return { onager: version };
  } catch {
    // Bundled into another program.
    return {};
  }
}
