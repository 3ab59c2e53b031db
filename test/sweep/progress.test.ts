import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Job, SweepEvent } from '../../src/sweep/index.ts';
import { SweepForecast } from '../../src/sweep/sweepForecast.ts';
import { SweepProgress } from '../../src/sweep/sweepProgress.ts';

const job: Job = { name: 'lr=1\u001b[2J', module: 'm', parameters: {} };
const began = (run: number): SweepEvent => ({ kind: 'began', run, job });
const progress = (run: number, step: number, expectedSteps: number | null): SweepEvent => ({
  kind: 'progress',
  run,
  step,
  expectedSteps,
});
const finished = (run: number, seconds: number): SweepEvent => ({
  kind: 'ended',
  run,
  outcome: { run, job, state: 'finished', result: {}, seconds },
});

describe('the time left of a sweep', () => {
  it('is unknown at first, then goes by the share of the steps, then by the runs that have finished', () => {
    const forecast = new SweepForecast(4, 2);
    forecast.next(began(0), 0);
    forecast.next(began(1), 0);
    expect(forecast.secondsLeft(5000)).toBeUndefined();
    expect(forecast.share).toBe(0);
    // A run that begins its steps after 4 s, and makes 25 of 100 in 5 s, takes 24 s in all.
    forecast.next(progress(0, 0, 100), 4000);
    expect(forecast.secondsLeft(5000)).toBeUndefined();
    forecast.next(progress(0, 25, 100), 9000);
    expect(forecast.share).toBe(0.25 / 4);
    // So will run 1 and the two that wait: 15 + 15 + 48 over two workers.
    expect(forecast.secondsLeft(9000)).toBe(39);
    // Nothing has come since, but time has passed.
    expect(forecast.secondsLeft(10_000)).toBe(38);
    forecast.next(finished(0, 10), 10_000);
    forecast.next(finished(1, 30), 30_000);
    forecast.next(began(2), 30_000);
    // Run 2 has all of 20 s to go, and so has run 3.
    expect(forecast.secondsLeft(30_000)).toBe(20);
    forecast.next(began(3), 30_000);
    forecast.next(progress(3, 10, null), 32_000);
    expect(forecast.secondsLeft(35_000)).toBe(15);
    forecast.next(finished(2, 20), 50_000);
    forecast.next(finished(3, 20), 50_000);
    expect(forecast.secondsLeft(50_000)).toBe(0);
    expect(forecast.share).toBe(1);
  });

  it('is no less than what the slowest run still needs', () => {
    const forecast = new SweepForecast(2, 2);
    forecast.next(began(0), 0);
    forecast.next(began(1), 0);
    for (const [run, step] of [
      [0, 90],
      [1, 10],
    ] as const) {
      forecast.next(progress(run, 0, 100), 0);
      forecast.next(progress(run, step, 100), 9000);
    }
    expect(forecast.secondsLeft(9000)).toBe(81);
  });
});

describe('the progress of a sweep', () => {
  const failed: SweepEvent = {
    kind: 'ended',
    run: 0,
    outcome: { run: 0, job, state: 'failed', error: 'out\u0007 of memory', seconds: 1 },
  };

  function shown(stream: { isTTY?: boolean; columns?: number }): string {
    const written: string[] = [];
    let now = 0;
    const bar = new SweepProgress(
      { ...stream, write: (part: string) => void written.push(part) },
      { runs: 4, reused: 1, workers: 1, clock: () => now },
    );
    for (const event of [
      began(0),
      failed,
      began(1),
      progress(1, 0, 10),
      progress(1, 5, 10),
      finished(1, 8),
      began(2),
    ]) {
      now += 6000;
      bar.next(event);
    }
    bar.end();
    return written.join('');
  }

  it('without a terminal: plain lines', () => {
    expect(shown({}).split('\n')).toEqual([
      'failed  lr=1 [2J: out  of memory',
      'sweep 2/4  50%  1 failed',
      'sweep 3/4  75%  0:08 left  1 failed',
      'sweep 3/4  75%  1 running  0:08 left  1 failed',
      '',
    ]);
  });

  it('on a terminal: a line that fits, drawn over', () => {
    const drawn = shown({ isTTY: true, columns: 60 })
      .split('\r\x1b[2K')
      .map((line) => stripVTControlCharacters(line));
    expect(drawn.some((line) => /^sweep ━+─+ 2\/4 {2}62% {2}1 running {2}0:24 left {2}1 failed$/.test(line))).toBe(
      true,
    );
    for (const line of drawn.flatMap((part) => part.split('\n'))) expect(line.length).toBeLessThan(60);
  });
});
