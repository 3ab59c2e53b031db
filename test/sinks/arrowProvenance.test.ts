import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { from, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { checkout, provenanceOf } from '../../sinks/provenance.ts';
import { fromArrow } from '../../src/sources/arrow/fromArrow.ts';
import type { Row } from '../../src/step.ts';
import { train } from '../../src/training/train.ts';
import { smallSpec } from '../training/smallRun.ts';
import { readArrow, temporaryDirectory } from './arrowFiles.ts';

const directory = temporaryDirectory();
const metadataOf = (path: string) => JSON.parse(readArrow(path).schema.metadata.get('onager.metadata')!);

describe('the metadata of a recorded run', () => {
  it('has its spec, seed, backend and versions, and the commit where the program runs in a checkout', async () => {
    const folder = join(directory, 'trained');
    await lastValueFrom(train(smallSpec({ seed: 3, steps: 4 })).pipe(toArrow(folder)));
    const { git } = checkout(process.cwd());
    for (const table of ['steps.arrows', 'events.arrows']) {
      const metadata = metadataOf(join(folder, table));
      expect(metadata).toMatchObject({
        seed: 3,
        steps: 4,
        backend: expect.any(String),
        backendLibrary: expect.stringMatching(/tfjs.* \d+\.\d+/),
        onager: expect.stringMatching(/^\d+\.\d+\.\d+/),
        node: process.version,
      });
      for (const key of ['task', 'model', 'optimizer', 'loss', 'learningRate', 'batchSize'])
        expect(metadata[key]).toBeDefined();
      expect(metadata.git?.commit).toBe((git as { commit: string } | undefined)?.commit);
    }
    // Who replays it has not made it.
    const again = join(directory, 'again.arrows');
    await lastValueFrom(fromArrow<Row>(folder).pipe(toArrow(again)));
    expect(metadataOf(again)).toEqual(metadataOf(join(folder, 'steps.arrows')));
  });

  it('says nothing of the program for rows from elsewhere', async () => {
    const path = join(directory, 'elsewhere.arrows');
    await lastValueFrom(from<Row[]>([{ step: 0 }]).pipe(toArrow(path)));
    expect(metadataOf(path)).toEqual({});
    expect(provenanceOf({ step: 0 })).toEqual({});
  });
});

describe('checkout', () => {
  const git = (folder: string, ...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], { cwd: folder, stdio: 'pipe' });
  const hasGit = (() => {
    try {
      return execFileSync('git', ['--version'], { stdio: 'pipe' }).length > 0;
    } catch {
      return false;
    }
  })();
  if (!hasGit) process.stderr.write('skipped: no git here to make a checkout with\n');

  it.runIf(hasGit)('tells the commit and whether tracked files differ, and is silent where there is none', () => {
    const folder = join(directory, 'checkout');
    mkdirSync(join(folder, 'deeper'), { recursive: true });
    git(folder, 'init', '-q');
    expect(checkout(folder)).toEqual({});
    writeFileSync(join(folder, 'a'), '1');
    git(folder, 'add', 'a');
    git(folder, 'commit', '-q', '-m', 'first');
    const commit = git(folder, 'rev-parse', 'HEAD').toString().trim();
    expect(checkout(folder)).toEqual({ git: { commit, dirty: false } });
    writeFileSync(join(folder, 'untracked'), '1');
    expect(checkout(join(folder, 'deeper'))).toEqual({ git: { commit, dirty: false } });
    writeFileSync(join(folder, 'a'), '2');
    expect(checkout(folder)).toEqual({ git: { commit, dirty: true } });
    expect(checkout(join(directory, 'nowhere'))).toEqual({});
  });
});
