import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, take, tap } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { writersFinished } from '../../sinks/sink.ts';
import { readCheckpoint } from '../../src/checkpoints/checkpointFolder.ts';
import { writeCheckpoints } from '../../src/checkpoints/writeCheckpoints.ts';
import { readArrow, rowsOf } from '../sinks/arrowFiles.ts';
import { isSensible, type Settings, settings, specOf, watched } from '../training/resumableRun.ts';
import { leavesNoTensor } from '../training/smallRun.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-resumed-'));
let runs = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where a run goes, and what a crash would leave of it. */
class Places {
  readonly #name = join(folder, `${runs++}`);
  readonly arrow = `${this.#name}.arrows`;
  readonly checkpoints = `${this.#name}.checkpoints`;

  /** Copies what is on the disk now. */
  keep(): void {
    copyFileSync(this.arrow, `${this.arrow}.kept`);
    if (existsSync(this.checkpoints)) cpSync(this.checkpoints, `${this.checkpoints}.kept`, { recursive: true });
  }

  /** Puts it back, as if nothing had happened since. */
  putBack(): void {
    copyFileSync(`${this.arrow}.kept`, this.arrow);
    rmSync(this.checkpoints, { recursive: true, force: true });
    if (existsSync(`${this.checkpoints}.kept`))
      cpSync(`${this.checkpoints}.kept`, this.checkpoints, { recursive: true });
  }

  get recorded(): { readonly rows: unknown[]; readonly schema: string; readonly metadata: unknown } {
    const table = readArrow(this.arrow);
    return {
      rows: rowsOf(table).map((row) => ({ ...row, seconds: 0 })),
      schema: table.schema.toString(),
      metadata: [...table.schema.metadata],
    };
  }
}

const done = (rows: ReturnType<typeof watched>) => lastValueFrom(rows, { defaultValue: undefined });
const steps = 24;
const plain: Settings = { optimizer: 'adam', schedule: 'constant', batchSize: 5, depth: 1, seed: 0 };

describe('the file of a run that crashed and was resumed', () => {
  it('is that of a run that did not: no row is missing, none is there twice, all are the same', () =>
    leavesNoTensor(() =>
      fc.assert(
        fc.asyncProperty(
          settings.filter(isSensible),
          fc.record({
            crash: fc.nat(steps),
            every: fc.integer({ min: 1, max: 6 }),
            batchRows: fc.integer({ min: 1, max: 9 }),
          }),
          async (chosen, { crash, every, batchRows }) => {
            const spec = specOf(chosen, steps);
            const whole = new Places();
            await done(watched(spec).pipe(toArrow(whole.arrow)));
            const places = new Places();
            const options = { batchRows, flushEvery: 2 };
            const crashed = watched(spec, { checkpoints: writeCheckpoints(places.checkpoints, { every }) }).pipe(
              toArrow(places.arrow, options),
              tap(({ step }) => step === crash && places.keep()),
              take(crash + 1),
            );
            await done(crashed);
            await writersFinished();
            // A loss that is no longer finite ends the run before.
            fc.pre(existsSync(`${places.checkpoints}.kept`));
            places.putBack();
            const resume = await readCheckpoint(places.checkpoints);
            await done(watched(spec, { resume }).pipe(toArrow(places.arrow, options)));
            expect(places.recorded).toEqual(whole.recorded);
          },
        ),
        { numRuns: 8 },
      ),
    ));

  it('is not gone on with when rows before the checkpoint are lost', async () => {
    const places = new Places();
    const spec = specOf(plain, 20);
    await done(
      watched(spec, { checkpoints: writeCheckpoints(places.checkpoints) }).pipe(
        toArrow(places.arrow, { batchRows: 4 }),
      ),
    );
    truncateSync(places.arrow, readFileSync(places.arrow).length / 2);
    const before = readFileSync(places.arrow);
    const resume = await readCheckpoint(places.checkpoints);
    await expect(done(watched({ ...spec, steps: 30 }, { resume }).pipe(toArrow(places.arrow)))).rejects.toThrow(
      /it has \d+ whole rows before step 21, and had 21: expected the file of the run that was saved/,
    );
    expect(readFileSync(places.arrow)).toEqual(before);
    // Whoever wants a file of its own for the rest has it.
    await done(watched({ ...spec, steps: 30 }, { resume }).pipe(toArrow(places.arrow, { existing: 'replace' })));
    expect(rowsOf(readArrow(places.arrow)).map(({ step }) => step)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  });

  it('is safe on the disk before the checkpoint is there', async () => {
    const places = new Places();
    const seen: number[][] = [];
    const put = ({ step }: { readonly step: number }) => void seen.push([step, readArrow(places.arrow).numRows]);
    await done(
      watched(specOf(plain, 9), { checkpoints: { every: 3, put } }).pipe(
        toArrow(places.arrow, { batchRows: 1000, flushEvery: 60_000 }),
      ),
    );
    expect(seen).toEqual([
      [3, 3],
      [6, 6],
      [9, 9],
      [10, 10],
    ]);
  });

  it('of rows from elsewhere is replaced, as before', async () => {
    const places = new Places();
    const rows = () => from([{ step: 5, loss: 1 }]).pipe(toArrow(places.arrow));
    await lastValueFrom(rows());
    await lastValueFrom(rows());
    expect(readArrow(places.arrow).numRows).toBe(1);
  });
});
