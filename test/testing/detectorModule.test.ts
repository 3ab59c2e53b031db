import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { addBenchCommand } from '../../src/cli/benchCommand.ts';
import { detectorModule } from '../../src/testing/detectorModule.ts';
import { type DetectorSuiteResult, runDetectorSuite } from '../../src/testing/detectorSuite.ts';
import { detectorSuiteTables } from '../../src/testing/detectorSuiteTables.ts';

const makeSpikeDetector = () => {
  let average: number | undefined;
  return {
    push(loss: number, step: number) {
      const rises = average !== undefined && loss > 3 * average;
      average = average === undefined ? loss : 0.95 * average + 0.05 * loss;
      return { event: rises ? { state: 'closed' as const, begin: step, confirmedAt: step } : null };
    },
  };
};

describe('detectorModule', () => {
  it('takes the default export or the names', () => {
    expect(detectorModule({ default: makeSpikeDetector })).toEqual({ makeSpikeDetector });
    const makeTransitionDetector = () => ({ push: () => ({ event: null }) });
    expect(detectorModule({ makeSpikeDetector, makeTransitionDetector })).toEqual({
      makeSpikeDetector,
      makeTransitionDetector,
    });
  });

  it.each([
    [{}, 'exports no detector'],
    [{ default: 3 }, 'makeSpikeDetector is 3: expected a function'],
    [{ default: () => undefined }, 'returned undefined: expected an object with a push method'],
    [{ default: () => ({ push: () => 1 }) }, 'push() returned 1: expected an object with an event'],
    [{ default: () => ({ push: () => ({ found: 1 }) }) }, 'push() returned an object with found'],
  ])('says what is wrong with %j', (exported, message) => {
    expect(() => detectorModule(exported)).toThrow(message);
  });
});

describe('the standard suite', () => {
  it('runs on any detector', () => {
    const result = runDetectorSuite({ traces: 4, spikes: { mine: makeSpikeDetector } });
    expect(result.spikes.map(({ detector }) => detector)).toEqual(new Array(6).fill('mine'));
    expect(detectorSuiteTables(result)).toContain('mine');
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it('refuses a report without a begin, and no traces', () => {
    const careless = () => ({ push: () => ({ event: {} as never }) });
    expect(() => runDetectorSuite({ traces: 1, spikes: { careless } })).toThrow('a report begins at undefined');
    expect(() => runDetectorSuite({ traces: 0.5 })).toThrow('traces = 0.5: expected a whole number');
  });
});

describe('onager bench detectors', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onager-bench-'));
    await writeFile(join(folder, 'mine.mjs'), `export default ${makeSpikeDetector.toString()}`);
    await writeFile(join(folder, 'empty.mjs'), 'export const nothing = 1');
    await writeFile(join(folder, 'broken.mjs'), 'export default (');
  });
  afterAll(() => rm(folder, { recursive: true }));
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  async function run(...args: string[]) {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const program = new Command('onager');
    addBenchCommand(program);
    await program.parseAsync(['bench', 'detectors', ...args], { from: 'user' });
    const text = (spy: typeof out) => spy.mock.calls.map(([chunk]) => String(chunk)).join('');
    return { out: text(out), err: text(err), code: process.exitCode };
  }

  it('puts a module of yours in the tables', async () => {
    const { out, code } = await run('--module', join(folder, 'mine.mjs'), '--traces', '3');
    expect(code).toBeUndefined();
    expect(out).toContain('mine.mjs');
    expect(out).toContain('Page-Hinkley on the logit');
  });

  it('prints JSON', async () => {
    const { out } = await run('--traces', '2', '--set', 'held-out', '--json');
    const result = JSON.parse(out) as DetectorSuiteResult;
    expect(result).toMatchObject({ set: 'held-out', traces: 2 });
    expect(new Set(result.spikes.map(({ detector }) => detector)).size).toBe(5);
  });

  it.each([
    ['missing.mjs', 'no such file'],
    ['empty.mjs', 'exports no detector'],
    ['broken.mjs', ''],
  ])('ends with one line and exit code 1 on %s', async (file, message) => {
    const { out, err, code } = await run('--module', join(folder, file));
    expect({ out, code, lines: err.trimEnd().split('\n').length }).toEqual({ out: '', code: 1, lines: 1 });
    expect(err).toContain(file);
    expect(err).toContain(message);
  });
});
