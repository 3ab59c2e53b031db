// Runs the conformance suite on every backend that is present here, and says which are not. Arguments: the backends to
// run it on (an absent one is then an error), or --others: those that `npm test` does not run on; default: all present.
import { spawnSync } from 'node:child_process';

const others = process.argv.includes('--others');
const asked = process.argv.slice(2).filter((name) => name !== '--others');
/** The normal suite holds these two to the same reference values. */
const covered = ['wasm', 'cpu'];
const survey = JSON.parse(output(process.execPath, ['dist/src/cli/main.js', 'backend', '--json']));
const unknown = asked.filter((name) => !survey.backends.some((backend) => backend.name === name));
if (unknown.length > 0) fail(`unknown backend ${unknown[0]}: expected ${survey.backends.map(({ name }) => name)}`);

let failed = false;
for (const { name, available, reason, library, version, detail } of survey.backends) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  if (others && covered.includes(name)) {
    console.log(`\n== ${name}: by npm test`);
    continue;
  }
  if (!available) {
    console.log(`\n== ${name}: absent (${reason})`);
    failed ||= asked.includes(name);
    continue;
  }
  console.log(`\n== ${name}: ${library} ${version}, ${detail}`);
  const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'test/backends/vitest.config.ts'], {
    stdio: 'inherit',
    env: { ...process.env, ONAGER_TEST_BACKEND: name },
  });
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);

function output(command, given) {
  const { status, stdout, stderr } = spawnSync(command, given, { encoding: 'utf8' });
  if (status !== 0) fail(stderr.trim());
  return stdout;
}

function fail(message) {
  console.error(`testBackends: ${message}`);
  process.exit(1);
}
