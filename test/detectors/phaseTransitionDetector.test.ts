import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  PhaseTransitionDetector,
  type PhaseTransitionDetectorOptions,
} from '../../src/detectors/phaseTransitionDetector.ts';
import type { TransitionEvent } from '../../src/detectors/transitionEvent.ts';
import { type AccuracyTrace, type AccuracyTracePlan, accuracyTrace } from '../../src/testing/accuracyTrace.ts';
import { accuracyTraces } from '../../src/testing/arbitraries.ts';

type Columns = Pick<AccuracyTrace, 'times' | 'train' | 'test'>;

function eventsOf({ times, train, test }: Columns, options: PhaseTransitionDetectorOptions = {}): TransitionEvent[] {
  const detector = new PhaseTransitionDetector(options);
  const events: TransitionEvent[] = [];
  for (const [i, time] of times.entries()) {
    const { event } = detector.push(time, train[i]!, test[i]!, i);
    if (event !== null) events.push(event);
  }
  const last = detector.finish();
  if (last !== null) events.push(last);
  return events;
}

const GROKKING: AccuracyTracePlan = {
  kind: 'grokking',
  from: 0.1,
  to: 1e5,
  perDecade: 24,
  jitter: 0.2,
  memorised: 10,
  start: 0.1,
  moves: [{ midpoint: 3000, width: 1, amount: 0.88 }],
  samples: 1000,
  seed: 1,
};

describe('PhaseTransitionDetector', () => {
  it('finds grokking, its midpoint and its width', () => {
    const events = eventsOf(accuracyTrace(GROKKING));
    expect(events.map(({ state }) => state)).toEqual(['open', 'closed']);
    const closed = events[1]!;
    expect(closed).toMatchObject({ class: 'grokking', direction: 'up' });
    expect(Math.log(closed.t50! / 3000)).toBeCloseTo(0, 1);
    expect(closed.width).toBeCloseTo(1, 0);
    expect(closed.memorised! / 10).toBeCloseTo(1, 0);
    expect(closed.confirmedAt).toBeGreaterThan(events[0]!.confirmedAt);
    expect(JSON.parse(JSON.stringify(closed))).toEqual(closed);
  });

  it('works on losses, whatever their scale', () => {
    const { times, train, test } = accuracyTrace(GROKKING);
    const columns = {
      times,
      train: train.map((a) => 7 * (1 - a) + 1e-3),
      test: test.map((a) => 50 * Math.exp(-5 * a)),
    };
    expect(eventsOf(columns, { test: 'loss', train: 'loss' }).at(-1)).toMatchObject({ class: 'grokking' });
  });

  it('averages evaluations at every step, and needs bounded state for it', () => {
    const times: number[] = [];
    for (let t = 1; t <= 200_000; t++) times.push(t);
    const detector = new PhaseTransitionDetector();
    let last: TransitionEvent | null = null;
    for (const time of times) {
      const test = 0.1 + 0.85 / (1 + (3000 / time) ** 4) + 0.02 * Math.sin(time * 12.9898);
      last = detector.push(time, time > 50 ? 1 : 0.5, test).event ?? last;
    }
    expect(last).toMatchObject({ class: 'grokking' });
    expect(Math.log(last!.t50! / 3000)).toBeCloseTo(0, 1);
    expect(JSON.stringify(detector).length).toBeLessThan(40_000);
  });

  it('skips what cannot be used and survives a restart', () => {
    const detector = new PhaseTransitionDetector();
    detector.push(0, 0.1, 0.1);
    detector.push(1, 0.1, Number.NaN);
    expect(detector.state.skipped).toBe(2);
    const { times, train, test } = accuracyTrace(GROKKING);
    for (const [i, time] of times.entries()) if (time < 3000) detector.push(time, train[i]!, test[i]!);
    expect(detector.state.open).toBe(true);
    expect(detector.push(1, 0.5, 0.1).event).toMatchObject({ state: 'closed', class: 'none' });
    expect(detector.state.memorised).toBeNull();
  });

  it('refuses options that make no sense, naming them', () => {
    expect(() => new PhaseTransitionDetector({ change: 3 })).toThrow('change is 3; expected a number from 0.001 to 1');
    expect(() => new PhaseTransitionDetector({ test: 'error' as never })).toThrow("test is error; expected 'accuracy'");
  });

  it('sees what was planted, never looks ahead, and survives JSON at any point', () => {
    fc.assert(
      fc.property(accuracyTraces(), fc.double({ min: 0, max: 1, noNaN: true }), (trace, share) => {
        const cut = Math.floor(share * trace.times.length);
        const whole = new PhaseTransitionDetector();
        let resumed = new PhaseTransitionDetector();
        for (const [i, time] of trace.times.entries()) {
          if (i === cut) resumed = PhaseTransitionDetector.fromJSON(JSON.parse(JSON.stringify(resumed)));
          const { event } = whole.push(time, trace.train[i]!, trace.test[i]!, i);
          expect(resumed.push(time, trace.train[i]!, trace.test[i]!, i).event).toEqual(event);
          if (event !== null) expect(event.confirmedAt).toBe(i);
          if (event !== null) expect(event.begin).toBeLessThanOrEqual(i);
        }
        expect(resumed.finish()).toEqual(whole.finish());
      }),
      { numRuns: 100, seed: 11 },
    );
  });
});
