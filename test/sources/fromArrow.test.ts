import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, take, tap } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { sink } from '../../sinks/sink.ts';
import { mlp } from '../../src/models/mlp.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { fromArrow } from '../../src/sources/arrow/fromArrow.ts';
import type { LossRow, Row } from '../../src/step.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import { raiseToCritical } from '../../src/training/schedules/raiseToCritical.ts';
import { train } from '../../src/training/train.ts';
import { smallSpec } from '../training/smallRun.ts';
import { anyRun, collected, evidencedRows, recordedFields, temporaryDirectory } from './recordedRuns.ts';

const directory = temporaryDirectory();
const path = join(directory, 'run.arrows');

async function record(rows: Row[], batchRows = 16): Promise<void> {
  await collected(from(rows).pipe(toArrow(path, { batchRows, finishedBatchRows: batchRows })));
}

describe('fromArrow', () => {
  it('gives back every row and column of a run as it was recorded', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, fc.integer({ min: 1, max: 8 }), async ({ run, rows }, batchRows) => {
        await record(rows, batchRows);
        const again = await collected(fromArrow<Row>(path));
        expect(again.map(recordedFields)).toEqual(rows.map(recordedFields));
        const replayed = again[0]!.run!;
        expect(again.every((row) => row.run === replayed)).toBe(true);
        expect(replayed.name).toBe(run.name);
        expect(replayed.metadata).toEqual(run.metadata);
        expect(replayed.columns).toEqual(run.columns);
      }),
      { numRuns: 80 },
    );
  });

  it('gives the same events through the same operators as live', async () => {
    const live = await collected(from(evidencedRows()).pipe(spikes(), catapults(), toArrow(path, { batchRows: 32 })));
    const reports = live.flatMap(({ catapults: { event } }) => (event === null ? [] : [event]));
    expect(reports.filter(({ state }) => state === 'closed').map(({ verdict }) => verdict)).toEqual([
      'catapult',
      'spike',
    ]);
    const again = await collected(fromArrow(path, { without: ['spikes', 'catapults'] }).pipe(spikes(), catapults()));
    expect(again.map(recordedFields)).toEqual(live.map(recordedFields));
    // The recorded ones are events as well.
    const recorded = await collected(fromArrow<(typeof live)[number]>(path));
    expect(recorded.map(recordedFields)).toEqual(live.map(recordedFields));
  });

  it('gives the same verdicts on a run of the trainer, from the kernel that was recorded', async () => {
    const run = () =>
      train(
        smallSpec({
          task: lowRankRegression({ dimension: 20, samples: 200 }),
          model: mlp({ widths: [64] }),
          learningRate: raiseToCritical({ factor: 1.15, catapults: 1 }),
          steps: 120,
        }),
      ).pipe(tangentKernel(), eigenspace({ rank: 1 }), spikes({ noise: 0 }), catapults(), toArrow(path));
    const live = await collected(run());
    const again = await collected(
      fromArrow(path, { without: ['spikes', 'catapults'] }).pipe(spikes({ noise: 0 }), catapults()),
    );
    expect(again.map((row) => row.spikes)).toEqual(live.map((row) => row.spikes));
    const verdicts = (rows: typeof again) =>
      rows.flatMap(({ catapults: { event } }) =>
        event === null ? [] : [[event.begin, event.confirmedAt, event.verdict]],
      );
    expect(verdicts(live as unknown as typeof again).length).toBeGreaterThan(0);
    expect(verdicts(again)).toEqual(verdicts(live as unknown as typeof again));
  });

  it('reads nothing more while a row is held', async () => {
    await record(Array.from({ length: 40 }, (_, step) => ({ step, loss: 1 })));
    let waiting = 0;
    let most = 0;
    const slow = sink<LossRow>(() => ({
      begin() {},
      write() {
        most = Math.max(most, ++waiting);
        return new Promise((resolve) =>
          setTimeout(() => {
            waiting--;
            resolve();
          }, 1),
        );
      },
      finish() {},
    }));
    expect(await collected(fromArrow(path).pipe(slow))).toHaveLength(40);
    expect(most).toBe(1);
  });

  it('stops when nobody listens, and can be subscribed to again', async () => {
    await record(Array.from({ length: 40 }, (_, step) => ({ step, loss: 1 })));
    const rows = fromArrow(path);
    let seen = 0;
    await lastValueFrom(
      rows.pipe(
        tap(() => seen++),
        take(3),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toBe(3);
    expect(await collected(rows)).toHaveLength(40);
  });

  it('keeps to the time of the run, times speed', async () => {
    const seconds = [5, 5.1, 5.2, 0, 0.1];
    await record(seconds.map((time, step) => ({ step, loss: 1, seconds: time })));
    const begun = performance.now();
    const times: number[] = [];
    await collected(fromArrow(path, { speed: 2 }).pipe(tap(() => times.push(performance.now() - begun))));
    const due = [0, 50, 100, 100, 150];
    for (const [index, time] of times.entries()) {
      expect(time - times[0]!).toBeGreaterThan(due[index]! - 5);
      expect(time - times[0]!).toBeLessThan(due[index]! + 500);
    }
    const stopped = fromArrow(path, { speed: 1e-6 }).subscribe();
    await new Promise((resolve) => setTimeout(resolve, 20));
    stopped.unsubscribe();
  });

  describe('of a file that is not whole', () => {
    let stream: Buffer;
    beforeAll(async () => {
      await record(
        Array.from({ length: 20 }, (_, step) => ({ step, loss: step, word: 'w'.repeat(step) })),
        6,
      );
      const file = readFileSync(path);
      // The same run as a stream without an end: what kill -9 leaves.
      const end = file.lastIndexOf(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
      stream = file.subarray(8, end);
    });

    async function read(): Promise<{ steps: number[]; error: string | undefined }> {
      const steps: number[] = [];
      let error: string | undefined;
      await lastValueFrom(fromArrow(path).pipe(tap(({ step }) => steps.push(step))), { defaultValue: null }).catch(
        (caught: Error) => {
          error = caught.message;
        },
      );
      return { steps, error };
    }

    it('delivers a stream that was killed between two batches, or within one, as whole', async () => {
      writeFileSync(path, stream);
      expect(await read()).toEqual({ steps: Array.from({ length: 20 }, (_, i) => i), error: undefined });
      appendFileSync(path, Buffer.concat([Buffer.alloc(8), stream.subarray(-100)]));
      expect((await read()).error).toBeUndefined();
    });

    it('delivers every whole batch of one cut off anywhere, then says so in a line with its name', async () => {
      for (let cut = 1; cut < stream.length; cut += 61) {
        writeFileSync(path, stream);
        truncateSync(path, cut);
        const { steps, error } = await read();
        expect([0, 6, 12, 18]).toContain(steps.length);
        if (error === undefined) continue;
        expect(error).toMatch(
          /^cannot replay '.*run\.arrows': (it is damaged or cut off after \d+ rows|no Arrow schema)/,
        );
        expect(error).not.toContain('\n');
      }
    });

    it('never gives rows that were not there, whichever byte is damaged, but for values', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 }), async (position, flip) => {
          const damaged = Buffer.from(stream);
          damaged[position]! ^= flip;
          writeFileSync(path, damaged);
          const { steps, error } = await read();
          expect(steps.length).toBeLessThanOrEqual(20);
          if (error !== undefined) expect(error).toMatch(/^cannot replay '.*run\.arrows': [^\n]+$/);
        }),
        { numRuns: 300 },
      );
    });
  });

  it('says in a line what is wrong with the file or the options', async () => {
    await expect(collected(fromArrow(join(directory, 'nowhere')))).rejects.toThrow(
      /^cannot replay '.*nowhere': ENOENT/,
    );
    writeFileSync(path, 'step,loss\n1,2\n');
    await expect(collected(fromArrow(path))).rejects.toThrow(/no Arrow schema/);
    await record([{ step: 0 }]);
    await expect(collected(fromArrow(path, { speed: 1 }))).rejects.toThrow(/no column 'seconds'/);
    expect(() => fromArrow(path, { speed: 0 })).toThrow('speed 0');
    expect(() => fromArrow(path, { without: ['step'] })).toThrow(/'step'/);
  });
});
