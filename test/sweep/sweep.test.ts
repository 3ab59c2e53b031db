import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { filter, lastValueFrom, map, Subject, take, takeUntil, tap, timer, toArray } from 'rxjs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Job, SweepControl, SweepEvent, SweepOptions } from '../../src/sweep/index.ts';
import { compiled, trainings } from './compiledSweep.ts';

const { sweep, outcomes } = compiled;
const folder = mkdtempSync(join(tmpdir(), 'onager-sweep-'));
afterAll(() => rmSync(folder, { recursive: true }));

const job = (exported: string, parameters: Job['parameters'] = {}, name = exported): Job => ({
  name,
  module: trainings,
  export: exported,
  parameters,
});
const eventsOf = (jobs: readonly Job[], options: SweepOptions = {}) =>
  lastValueFrom(sweep(jobs, options).pipe(toArray()), { defaultValue: [] });
const outcomesOf = (jobs: readonly Job[], options: SweepOptions = {}) =>
  lastValueFrom(sweep(jobs, { rows: 'none', ...options }).pipe(outcomes(), toArray()), { defaultValue: [] });
const rowsOf = (events: readonly SweepEvent[], run: number) =>
  events.flatMap((event) => (event.kind === 'row' && event.run === run ? [event.row] : []));

describe('a sweep', () => {
  it('reports every job exactly once, outcomes in order of submission, whatever the delays and crashes', async () => {
    const crash = fc.constantFrom(null, null, 'throw', 'exit', 'late', 'rejection');
    const jobs = fc.array(fc.record({ delay: fc.integer({ min: 0, max: 120 }), crash }), { maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(jobs, fc.integer({ min: 1, max: 4 }), async (list, workers) => {
        const submitted = list.map((parameters, i) => job('counting', parameters, `job ${i}`));
        const events: SweepEvent[] = [];
        const ordered = await lastValueFrom(
          sweep(submitted, { workers, rows: 'none' }).pipe(
            tap((event) => events.push(event)),
            outcomes(),
            toArray(),
          ),
        );
        expect(ordered.map(({ run }) => run)).toEqual(submitted.map((_, run) => run));
        ordered.forEach((outcome, run) => {
          expect(outcome.job).toEqual(submitted[run]);
          expect(outcome.state).toBe(list[run]!.crash === null ? 'finished' : 'failed');
        });
        let running = 0;
        for (const { kind } of events) {
          if (kind === 'began') running++;
          if (kind === 'ended') running--;
          expect(running).toBeLessThanOrEqual(workers);
        }
        for (const kind of ['began', 'ended']) {
          const runs = events.filter((event) => event.kind === kind).map((event) => event.run);
          expect(runs.sort((a, b) => a - b)).toEqual(submitted.map((_, run) => run));
        }
      }),
      { numRuns: 6 },
    );
  });

  it('fails only the run that crashes, and says in a line what of', async () => {
    const crashes = ['throw', 'exit', 'late', 'rejection', 'memory'];
    const ended = await outcomesOf(
      [...crashes.flatMap((crash) => [job('counting', { crash }), job('counting', { seed: 4 })])],
      { workers: 2, memory: 40 },
    );
    const errors = ended.map((outcome) => (outcome.state === 'failed' ? outcome.error : outcome.state));
    expect(errors[0]).toBe('the loss went');
    expect(errors[2]).toBe('its thread ended with exit code 7');
    expect(errors[4]).toBe('thrown in a timer');
    expect(errors[6]).toBe('nobody caught it');
    expect(errors[8]).toMatch(/memory/);
    for (const i of [1, 3, 5, 7, 9]) expect(ended[i]).toMatchObject({ state: 'finished', result: { step: 2 } });
  });

  it.each([0, 2])(
    'with %i workers: the rows of each run in order, tagged, with a run of their own',
    async (workers) => {
      const events = await eventsOf(
        [0, 1, 2].map((seed) => job('counting', { seed, steps: 1000 })),
        { workers },
      );
      for (const run of [0, 1, 2]) {
        const rows = rowsOf(events, run);
        expect(rows.map(({ step }) => step)).toEqual(Array.from({ length: 1000 }, (_, step) => step));
        expect(new Set(rows.map((row) => row.run)).size).toBe(1);
        if (workers > 0) expect(rows[0]!.run!.columns.map(({ name }) => name)).toEqual(['step', 'loss']);
        const end = events.find((event) => event.kind === 'ended' && event.run === run);
        expect(end).toMatchObject({ outcome: { state: 'finished', result: { step: 999, loss: (run + 1) / 1000 } } });
        // Nothing of a run comes after its end.
        expect(events.findLast((event) => event.run === run)).toBe(end);
      }
    },
  );

  it('carries arrays and numbers that JSON does not have', async () => {
    const events = await eventsOf([job('arrays')], { workers: 1 });
    const [first, second] = rowsOf(events, 0) as unknown as { loss: number; group: { matrix: object; part: object } }[];
    expect(first!.loss).toBeNaN();
    expect(first!.group).toEqual({ matrix: Float64Array.of(1, 2, 3), part: Float64Array.of(2, 3) });
    expect(second!.group).toEqual({ matrix: Float64Array.of(1, 2, 3), part: null });
    expect(events.at(-1)).toMatchObject({ outcome: { result: { step: 1, loss: 'Infinity', group: { part: null } } } });
  });

  it('a worker waits for a consumer that holds a row, and no row is delivered meanwhile', async () => {
    const held: number[] = [];
    let releasedAt = Number.POSITIVE_INFINITY;
    const late: number[] = [];
    let last = -1;
    await lastValueFrom(
      sweep([job('fast', { steps: 5000 })], { workers: 1 }).pipe(
        filter((event) => event.kind === 'row'),
        tap(({ row }) => {
          expect(row.step).toBe(last + 1);
          last = row.step;
          if (row.step === 10) {
            const release = row.hold!();
            setTimeout(() => {
              held.push(last);
              releasedAt = Date.now();
              release();
              release();
            }, 300);
          }
          // Beyond the window and the batch in the making.
          if (row.step > 10 + 256 + 64) late.push((row as unknown as { at: number }).at);
        }),
      ),
    );
    expect(last).toBe(4999);
    expect(held).toEqual([10]);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(releasedAt);
  });

  it('unsubscribing ends threads that do nothing but compute', async () => {
    const path = join(folder, 'busy');
    const subscription = sweep([job('busy', { path }), job('busy', { path })], { workers: 2 }).subscribe();
    const size = () => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    while (size() < 20) await new Promise((resolve) => setTimeout(resolve, 10));
    subscription.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const then = size();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(size()).toBe(then);
  });

  it.each(['finish', 'abandon'] as const)('control: %s', async (control) => {
    const control$ = new Subject<SweepControl>();
    const slow = (seed: number) => job('counting', { seed, delay: control === 'finish' ? 300 : 60_000 });
    const began = performance.now();
    const ended = await lastValueFrom(
      sweep([job('counting'), slow(1), ...Array.from({ length: 3000 }, (_, i) => slow(i))], {
        workers: 1,
        control$,
      }).pipe(
        tap((event) => event.kind === 'began' && event.run === 1 && control$.next(control)),
        outcomes(),
        map(({ state }) => state),
        toArray(),
      ),
    );
    expect(ended).toHaveLength(3002);
    expect(ended.slice(0, 2)).toEqual(['finished', control === 'finish' ? 'finished' : 'abandoned']);
    expect(new Set(ended.slice(2))).toEqual(new Set(['abandoned']));
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('a run is told to have failed when it cannot be made', async () => {
    const [none, wrong, nothing, nowhere] = await outcomesOf(
      [job('noSuchExport'), job('notRunnable'), job('givesNothing'), { ...job('x'), module: 'file:///nowhere.mjs' }],
      { workers: 2 },
    );
    expect(none).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/'noSuchExport'.*there are .*counting/),
    });
    for (const outcome of [wrong, nothing])
      expect(outcome).toMatchObject({
        state: 'failed',
        error: expect.stringMatching(/expected a pipeline, or a func/),
      });
    expect(nowhere).toMatchObject({ state: 'failed', error: expect.stringMatching(/nowhere\.mjs/) });
  });

  it('refuses what cannot go to a thread before anything starts', () => {
    const loose = (fields: object) => [{ ...job('counting'), ...fields }] as Job[];
    expect(() => sweep(loose({ parameters: { until: () => true } }))).toThrow(
      /sweep: 0\.parameters\.until = a function/,
    );
    expect(() => sweep(loose({ parameters: { rate: Number.NaN } }))).toThrow(/sweep: 0\.parameters\.rate = NaN/);
    expect(() => sweep(loose({ module: './trainings.mjs' }))).toThrow(
      /0\.module = "\.\/trainings\.mjs": expected a URL/,
    );
    expect(() => sweep([], { workers: -1 })).toThrow(/sweep: workers = -1/);
  });

  it('what a training prints goes to stderr, as stdout is for results', async () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await outcomesOf([job('talking')], { workers: 1 });
    const [told, results] = [stderr, stdout].map(({ mock }) => mock.calls.map(([text]) => String(text)).join(''));
    vi.restoreAllMocks();
    expect(told).toContain('a line on stdout');
    expect(results).not.toContain('a line on stdout');
  });

  it('of nothing completes', async () => {
    expect(await eventsOf([])).toEqual([]);
  });

  it('can be taken from in part', async () => {
    const rows = sweep([job('fast', { steps: 1e7 })], { workers: 1 }).pipe(filter(({ kind }) => kind === 'row'));
    expect(await lastValueFrom(rows.pipe(take(700), takeUntil(timer(20_000)), toArray()))).toHaveLength(700);
  });
});
