// Compiles the examples against the built package, as a user's compiler would, and runs each of them.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const out = resolve('dist-examples');
await rm(out, { recursive: true, force: true });
execFileSync('npx', ['tsc', '-p', 'tsconfig.examples.json'], { stdio: 'inherit' });
const folder = await mkdtemp(join(tmpdir(), 'onager-examples-'));
for (const file of (await readdir(out)).filter((name) => name.endsWith('.js'))) {
  console.log(`\n-- ${basename(file, '.js')}`);
  // They write where they are started, which is not the checkout.
  execFileSync(process.execPath, [join(out, file)], { stdio: 'inherit', cwd: folder });
}
await rm(folder, { recursive: true });
