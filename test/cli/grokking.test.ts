import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-grokking-'));
const file = (name: string) => join(folder, name);
/** Some seconds: the transition comes at time 300. */
const brief = ['--size', 'small', '--weight-decay', '0.01', '--no-serve'];

afterAll(() => rmSync(folder, { recursive: true }));

describe('onager run grokking', () => {
  it('--json: the findings, with both controls; the change is told while it happens', async () => {
    const run = onager('run', 'grokking', ...brief, '--json', '--out', file('a.arrows'));
    const { code, stdout, stderr } = await run.finished;
    expect(code, stderr).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      class: 'grokking',
      stepping: 'adaptive',
      weightDecay: 0.01,
      file: file('a.arrows'),
    });
    expect(Object.keys(summary.controls)).toEqual(['no weight decay', 'small initialisation (alpha 0.1)']);
    expect(summary.controls['no weight decay'].class).toBe('none');
    const [, step] = /step (\d+) {2}transition {2}Generalisation is changing/.exec(stderr)!;
    expect(Number(step)).toBeLessThan(summary.end.step);
    expect(stderr).toMatch(
      /controls +no weight decay: no transition; .*\n +small initialisation \(alpha 0\.1\): no transition/,
    );
    expect(stderr).toMatch(/wd tau_50 = [\d.]+ = ln\(alpha\)/);
    const table = tableFromIPC(readFileSync(file('a.arrows')));
    expect(table.numRows).toBe(summary.steps + 1);
    expect(table.getChild('predictors')!.get(summary.steps)!.late).toBeCloseTo(summary.end.late, 12);
    expect(table.getChild('flow')!.get(summary.steps)!.scaledTime).toBeCloseTo(0.01 * summary.end.time, 9);
  });

  it('--no-controls: the run alone; a fixed rate is said to be one', async () => {
    const args = ['--no-controls', '--json', '--learning-rate', '0.001', '--steps', '20', '--out', file('b.arrows')];
    const { code, stdout, stderr } = await onager('run', 'grokking', ...brief, ...args).finished;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ stepping: 'fixed', steps: 20, controls: {}, class: 'none' });
    expect(stderr).toContain('a fixed learning rate');
    expect(stderr).not.toContain('controls');
  });

  it.each([
    [['--setting', 'chess'], /--setting.*'chess'.*diagonal, misgrokking/],
    [['--variant', 'plain'], /variant = plain: expected only with setting modular/],
    [['--alpha', '-1'], /alpha = -1: .*>0/],
    [['--per-decade', 'many'], /--per-decade.*'many'.*expected a number/],
  ])('%j: one line that names the value, exit code 1', async (args, expected) => {
    const { code, stdout, stderr } = await onager('run', 'grokking', ...brief, ...args).finished;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const errors = stderr.split('\n').filter((line) => line.startsWith('onager: '));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });
});
