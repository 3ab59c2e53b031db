import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-cli-study-'));
afterAll(() => rmSync(folder, { recursive: true }));
const small = ['width=16', 'dimension=6', 'stop-at=0.5', 'steps=20', 'test-samples=20', 'backend=wasm'];
const brief = (out: string) => ['--out', out, '--workers', '0', ...small.flatMap((text) => ['--set', text])];

describe('onager study', () => {
  it('prints tables and verdicts, keeps every run, and goes on where it was', async () => {
    const out = join(folder, 'a');
    const first = await onager('study', 'batch-size', '--seeds', '1', ...brief(out)).finished;
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/claim: smaller batches spike more often: TOO FEW SEEDS/);
    expect(first.stdout).toMatch(/b = 5, rate \.07 \(control\)/);
    expect(tableFromIPC(readFileSync(join(out, 'runs.arrows'))).numRows).toBe(6);
    const again = await onager('study', 'batch-size', '--seeds', '2', '--json', ...brief(out)).finished;
    expect(again.code, again.stderr).toBe(0);
    const { parts, seeds } = JSON.parse(again.stdout);
    expect(seeds).toEqual([0, 1]);
    expect(parts[0].runs).toHaveLength(12);
    expect(readFileSync(join(out, 'results.jsonl'), 'utf8').trim().split('\n')).toHaveLength(12);
  });

  it.each([
    [['batch-size', '--seeds', '0'], /--seeds '0': expected how many, at least 1/],
    [['loss-functions', '--set', 'batch-size=5'], /--set 'batch-size': expected one of .*factor/],
  ])('%j: one line that names the value, exit code 1, and nothing written', async (args, expected) => {
    const out = join(folder, 'none');
    const { code, stdout, stderr } = await onager('study', ...args, '--out', out).finished;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.split('\n').filter((line) => line.startsWith('onager: '))).toHaveLength(1);
    expect(stderr).toMatch(expected);
    expect(existsSync(out)).toBe(false);
  });
});

describe('onager run <pipeline>', () => {
  const run = (...args: string[]) =>
    onager('run', ...args, '--width', '16', '--dimension', '6', '--steps', '30', '--no-serve', '--json').finished;

  it.each([
    ['batch-size', ['--batch-size', '20', '--factor', '.5'], 'roseBelowCritical'],
    ['loss-functions', ['--setting', 'square', '--momentum', '.5', '--factor', '1.2'], 'complementGrowth'],
  ])('%s: options of its own, rows in the file, the numbers on stdout', async (name, args, number) => {
    const file = join(folder, `${name}.arrows`);
    const { code, stdout, stderr } = await run(name, ...args, '--out', file);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result[number]).toBeTypeOf('number');
    expect(tableFromIPC(readFileSync(file)).numRows).toBe(result.steps + 1);
  });

  it.each([
    [['optimizers', '--optimizer', 'lion'], /--optimizer.*'lion'.*sgd, momentum, adam/],
    [['batch-size', '--factor', 'much'], /--factor.*'much'.*expected a number/],
  ])('%j: one line that names the value', async (args, expected) => {
    const { code, stderr } = await run(...args, '--out', join(folder, 'refused.arrows'));
    expect(code).toBe(1);
    expect(stderr).toMatch(expected);
    expect(existsSync(join(folder, 'refused.arrows'))).toBe(false);
  });
});
