// Packs the package, installs the tarball into an empty project and runs the README's example there as printed.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });

const project = await mkdtemp(join(tmpdir(), 'onager-tarball-'));
try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project]));
  const stray = packed.files
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/^(dist\/(src|pipelines|sinks|dashboard)\/|package\.json|README\.md|LICENSE|CHANGELOG\.md|scripts\/buildTensorflow\.mjs)/.test(
          path,
        ),
    );
  if (stray.length > 0) throw new Error(`the tarball holds what no user needs: ${stray.join(', ')}`);
  console.log(`${packed.filename}: ${packed.files.length} files, ${(packed.size / 1024).toFixed(0)} kB`);

  const readme = await readFile('README.md', 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  if (!example) throw new Error('README.md: no ```ts example found');
  const lines = example.trimEnd().split('\n').length;
  if (lines > 15) throw new Error(`README.md: the example has ${lines} lines, 15 were promised`);

  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  run('npm', ['install', '--no-audit', '--no-fund', join(project, packed.filename)], { cwd: project });

  // As JavaScript it runs as printed; as TypeScript its numbers are numbers.
  await writeFile(join(project, 'example.mjs'), example);
  console.log(run(process.execPath, ['example.mjs'], { cwd: project }).trimEnd());
  const { size } = await stat(join(project, 'run.arrows'));
  console.log(`run.arrows: ${size} bytes`);
  await writeFile(
    join(project, 'example.ts'),
    example.replace(
      '.subscribe((row) => {',
      '.subscribe((row) => {\n    const lossTop: number = row.eigenspace.lossTop; void lossTop;\n    // @ts-expect-error there is no such field\n    void row.eigenspace.nothing;',
    ),
  );
  run(
    resolve('node_modules/.bin/tsc'),
    ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022', 'example.ts'],
    { cwd: project, stdio: 'inherit' },
  );
  console.log('the example type-checks');

  const version = run(join(project, 'node_modules/.bin/onager'), ['--version'], { cwd: project }).trim();
  console.log(`onager --version: ${version}`);
} finally {
  await rm(project, { recursive: true, force: true });
}
