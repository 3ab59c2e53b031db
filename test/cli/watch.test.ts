import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { EventCommand } from '../../src/cli/eventCommand.ts';
import type { Row } from '../../src/step.ts';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-watch-'));
const file = (name: string) => join(folder, name);

afterAll(() => rmSync(folder, { recursive: true }));

/** Losses of 300 steps with a spike at 150. */
const losses = Array.from(
  { length: 300 },
  (_, step) => 4 * Math.exp(-step / 300) * (step >= 150 && step < 156 ? 3 : 1),
);
const megatron = losses.map(
  (loss, step) =>
    ` iteration ${step}/ 300 | consumed samples: ${step * 8} | lm loss: ${loss.toExponential(6)} | grad norm: 1.0 |`,
);

describe('onager watch', () => {
  it('--no-follow --json: reads to the end, finds the spike, records, and sums up', async () => {
    writeFileSync(file('a.log'), `setup\n${megatron.join('\n')}\n iteration 300/ 300 | lm loss: 5.0.0 |\n`);
    const { code, stdout, stderr } = await onager(
      ...['watch', file('a.log'), '--no-follow', '--no-serve', '--json', '--out', file('a.arrows')],
    ).finished;
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/a\.log: format megatron; loss is 'lm loss', step is 'iteration'/);
    expect(stderr).toMatch(/a\.log:302: expected a number for 'lm loss', got '5\.0\.0'/);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      rows: 300,
      verdicts: { spike: 1 },
      malformed: 1,
      file: file('a.arrows'),
      dashboard: null,
    });
    expect(summary.events[0]).toMatchObject({ group: 'catapults', begin: 150 });
    expect(summary.events[0].evidence).toMatch(/not measured/);
    const table = tableFromIPC(readFileSync(file('a.arrows')));
    expect(table.numRows).toBe(300);
    expect(table.getChild('grad norm')!.get(0)).toBe(1);
  });

  it('follows a file and runs a command for a spike, until it is interrupted', async () => {
    writeFileSync(file('b.log'), `${megatron.slice(0, 100).join('\n')}\n`);
    const { child, finished, line } = onager(
      ...[
        'watch',
        '--no-serve',
        '--json',
        '--poll',
        '20',
        '--on',
        'spike',
        `cat > '${file('event.json')}'`,
        file('b.log'),
      ],
    );
    await line(/format megatron/);
    appendFileSync(file('b.log'), `${megatron.slice(100, 250).join('\n')}\n`);
    await line(/spike {2}×/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await finished;
    expect(code, stderr).toBe(130);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ verdicts: { spike: 1 } });
    // It is interrupted as soon as the spike is told of, which may be before the last line is read.
    expect(summary.rows).toBeGreaterThan(150);
    expect(summary.rows).toBeLessThanOrEqual(250);
    expect(JSON.parse(readFileSync(file('event.json'), 'utf8'))).toMatchObject({
      kind: 'spike',
      state: 'open',
      begin: 150,
    });
  });

  it('reports a command that fails once, and ends nevertheless', async () => {
    writeFileSync(file('c.csv'), `step,loss\n${losses.map((loss, step) => `${step},${loss}`).join('\n')}\n`);
    const { code, stderr } = await onager(
      ...['watch', file('c.csv'), '--no-follow', '--no-serve', '--debounce', '0', '--on', 'event', 'echo told; exit 3'],
    ).finished;
    expect(code).toBe(0);
    expect(stderr.match(/told/g)!.length).toBeGreaterThan(1);
    expect(stderr.match(/--on event: the command ended with code 3 \(said once\)/g)).toHaveLength(1);
  });

  it('reads standard input', async () => {
    const run = onager('watch', '-', '--no-serve', '--json');
    const { code, stdout } = await run.finished;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: 0 });
  });

  it.each([
    [[file('no'), '--no-follow'], /cannot read '.*no': ENOENT/],
    [['package.json', '--no-follow', '--format', 'csv'], /cannot read 'package\.json'/],
    [[], /expected the path of a log/],
    [['x', '--pattern', '('], /pattern "\(":/],
    [['x', '--format', 'xml'], /--format.*'xml'/],
    [['x', '--on', 'lunch', 'true'], /--on lunch: expected spike/],
    [['x', '--pipe', 'spikes,nothing'], /expected some of spikes/],
  ])('%j: one line that says what was expected, exit code 1', async (args, expected) => {
    const { code, stdout, stderr } = await onager('watch', ...args, '--no-serve').finished;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const errors = stderr.split('\n').filter((line) => line.startsWith('onager: '));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });
});

describe('EventCommand', () => {
  const row = (step: number, event: object | null) => ({ step, loss: 1, spikes: { event } }) as unknown as Row;
  const opened = (begin: number) => row(begin, { kind: 'spike', state: 'open', verdict: 'undecided', begin });

  it('runs at once, then not more often than every so often, with the last report', async () => {
    const command = new EventCommand('spike', `cat >> '${file('told')}'`, 60_000, () => {});
    for (const begin of [1, 2, 3]) command.push(opened(begin));
    command.push(row(4, null));
    command.push(row(5, { kind: 'spike', state: 'closed', verdict: 'spike', begin: 3 }));
    await command.finish();
    const told = readFileSync(file('told'), 'utf8').trim().split('\n');
    expect(told.map((line) => JSON.parse(line).begin)).toEqual([1, 3]);
  });

  it('ends a command that takes too long, and what it has started', async () => {
    const said: string[] = [];
    const command = new EventCommand('spike', 'sleep 30; true', 0, (line) => said.push(line), 100);
    const begun = performance.now();
    command.push(opened(1));
    await command.finish();
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(said).toEqual(['--on spike: the command took longer than 0.1 s and was ended (said once)']);
  });
});
