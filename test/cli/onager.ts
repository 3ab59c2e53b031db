import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `onager` with its arguments; `line` waits for a line on stderr that matches. */
export function onager(...args: string[]) {
  const child = spawn(process.execPath, ['dist/src/cli/main.js', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let seen = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    seen += chunk;
  });
  const stdout = text(child.stdout);
  const finished: Promise<Finished> = once(child, 'close').then(async ([code]) => ({
    code,
    stdout: await stdout,
    stderr: seen,
  }));
  return {
    child,
    finished,
    async line(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const match = pattern.exec(seen);
        if (match !== null) return match;
        if (child.exitCode !== null) throw new Error(`onager ended without a line like ${pattern}:\n${seen}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}
