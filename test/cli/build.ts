import { execFileSync } from 'node:child_process';

/**
 * Compiles the command as it is in the tree, once before all tests, so that a stale build is never what is
 * tested and no test reads what another is writing.
 */
export default function build(): void {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    stdio: 'inherit',
  });
}
