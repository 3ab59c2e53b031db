import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { onager } from './onager.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-cli-'));
const file = (name: string) => join(folder, name);
/** A run of a second: few samples, one catapult. */
const brief = ['run', 'catapults', '--size', 'small', '--catapults', '1', '--width', '64', '--stop-at', '0.05'];

afterAll(() => rmSync(folder, { recursive: true }));

describe('onager run catapults', () => {
  it('--json: the summary alone on stdout, everything else on stderr, rows in the file', async () => {
    const { code, stdout, stderr } = await onager(...brief, '--no-serve', '--json', '--out', file('a.arrows')).finished;
    expect(code, stderr).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ catapults: 1, verdicts: { catapult: 1 }, file: file('a.arrows'), dashboard: null });
    expect(summary.trainLoss.after).toBeLessThan(0.05);
    const table = tableFromIPC(readFileSync(file('a.arrows')));
    expect(table.numRows).toBe(summary.steps + 1);
    expect(table.getChild('loss')!.get(summary.steps)).toBe(summary.trainLoss.after);
    expect(table.getChild('eigenspace')!.get(0)!.lossTop).toBeTypeOf('number');
  });

  it('writes a folder by default, with the events as a table of their own and the checkpoints beside', async () => {
    const { code, stdout, stderr } = await onager(
      ...[...brief, '--no-serve', '--json', '--out', file('run/'), '--checkpoint-every', '20'],
    ).finished;
    expect(code, stderr).toBe(0);
    const { steps, file: folder } = JSON.parse(stdout);
    expect(folder).toBe(file('run/'));
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'events.arrows', 'steps.arrows']);
    const table = tableFromIPC(readFileSync(file('run/steps.arrows')));
    expect(table.numRows).toBe(steps + 1);
    const metadata = JSON.parse(table.schema.metadata.get('onager.metadata')!);
    expect(metadata).toMatchObject({ seed: 0, backend: expect.any(String), node: process.version });
    const events = tableFromIPC(readFileSync(file('run/events.arrows')));
    expect([...events.getChild('verdict')!]).toContain('catapult');

    const help = await onager('run', 'catapults', '--help').finished;
    expect(help.stdout.replace(/\s+/g, ' ')).toContain('where to write the run (default: runs/<name>/)');
  });

  it('serves the page during and after the run, until it is interrupted', async () => {
    const run = onager(...brief, '--port', '0', '--out', file('b.arrows'));
    const [, url] = await run.line(/dashboard {2}(http\S+)/);
    expect((await fetch(url!)).status).not.toBe(404);
    await run.line(/still serving/);
    expect((await fetch(url!)).status).not.toBe(404);
    run.child.kill('SIGINT');
    const { code, stdout } = await run.finished;
    expect(code).toBe(0);
    expect(stdout).toBe('');
  });

  it('an interrupt during the run ends it after the step in progress and keeps every row', async () => {
    const run = onager(
      'run',
      'catapults',
      '--no-serve',
      '--json',
      '--steps',
      '100000',
      '--stop-at',
      '1e-300',
      '--out',
      file('c.arrows'),
    );
    await run.line(/catapult {2}×/);
    run.child.kill('SIGINT');
    const { code, stdout } = await run.finished;
    expect(code).toBe(130);
    const { steps } = JSON.parse(stdout);
    expect(tableFromIPC(readFileSync(file('c.arrows'))).numRows).toBe(steps + 1);
  });

  it('a port in use is an error in one line, before anything is trained', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const { code, stderr } = await onager(...brief, '--port', String(port), '--out', file('d.arrows')).finished;
    other.close();
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toMatch(new RegExp(`^onager: .*${port}`));
    expect(() => readFileSync(file('d.arrows'))).toThrow();
  });

  it.each([
    [['--size', 'huge'], /--size.*'huge'.*default, small/],
    [['--port', 'abc'], /--port.*'abc'.*expected a number/],
    [['--factor', '-1'], /factor = -1: .*>0/],
    [['--catapults', '1.5'], /catapults = 1\.5: .*int/],
    [['--samples', '1'], /samples = 1: .*>=2/],
    [['--bogus'], /unknown option '--bogus'/],
    [['--backend', 'abacus'], /'abacus'.*wasm/],
    [
      ['--images', '/nowhere/images', '--labels', '/nowhere/labels'],
      /\/nowhere\/images: cannot be read \(no such file\)/,
    ],
    [['--images', 'package.json', '--labels', 'package.json'], /package\.json: at byte 0: expected the magic number/],
    [['--images', 'package.json'], /images = package\.json, labels = undefined: expected both/],
    [['--task', 'images'], /--images FILE and --labels FILE/],
    [['--out', '/proc/no/such/run.arrows'], /cannot write '\/proc\/no\/such\/run\.arrows'/],
    [['--out', 'package.json/run'], /cannot write 'package\.json\/run\/steps\.arrows': a part of the path is a file/],
    [['--host', '0.0.0.0', '--serve'], /unknown option '--serve'/],
  ])('%j: one line that names the value, exit code 1', async (args, expected) => {
    const { code, stdout, stderr } = await onager(...brief, '--no-serve', ...args).finished;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    const errors = stderr.split('\n').filter((line) => line.startsWith('onager: '));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(expected);
  });

  it("learns IDX images of one's own", async () => {
    const count = 400;
    const images = Buffer.alloc(16 + count * 64);
    const labels = Buffer.alloc(8 + count);
    for (const [index, value] of [0x803, count, 8, 8].entries()) images.writeUInt32BE(value, 4 * index);
    for (const [index, value] of [0x801, count].entries()) labels.writeUInt32BE(value, 4 * index);
    for (let i = 0; i < count; i++) {
      labels[8 + i] = i % 3;
      for (let pixel = 0; pixel < 64; pixel++)
        images[16 + i * 64 + pixel] = (i * 37 + pixel * (1 + (i % 3)) * 11) % 256;
    }
    writeFileSync(file('images'), images);
    writeFileSync(file('labels'), labels);
    const { code, stdout, stderr } = await onager(
      ...['run', 'catapults', '--images', file('images'), '--labels', file('labels'), '--samples', '32'],
      ...[
        '--test-samples',
        '50',
        '--catapults',
        '0',
        '--steps',
        '5',
        '--no-serve',
        '--json',
        '--out',
        file('e.arrows'),
      ],
    ).finished;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ steps: 5, agopReference: 'a network trained on 350 images' });
  });
});
