import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EarlyWarningDetector, type EarlyWarningEvent } from '../../src/detectors/earlyWarningDetector.ts';

type Observation = readonly [ratio: number | null, loss: number];

function eventsOf(observations: readonly Observation[], detector = new EarlyWarningDetector()): EarlyWarningEvent[] {
  return observations.flatMap(([ratio, loss]) => detector.push(ratio, loss).event ?? []);
}

/** A falling loss, with a rise to `peak` over ten steps from step `at`. */
function losses(length: number, at = Number.POSITIVE_INFINITY, peak = 30): number[] {
  return Array.from({ length }, (_, step) => {
    const since = step - at;
    const rise = since > 0 && since < 10 ? peak ** Math.sin((Math.PI * since) / 10) : 1;
    return Math.exp(-0.01 * step) * rise;
  });
}

describe('EarlyWarningDetector', () => {
  it('warns when the rate crosses the critical one, and says by how many steps it was ahead', () => {
    const seen = losses(80, 40).map((loss, step): Observation => [step < 30 ? 0.9 : step < 44 ? 1.2 : 0.7, loss]);
    const events = eventsOf(seen);
    expect(events).toMatchObject([
      { state: 'open', begin: 30, confirmedAt: 30, end: null, outcome: null, lead: null },
      { state: 'closed', begin: 30, outcome: 'rise' },
    ]);
    const { lead, leadOverLoss, end } = events[1]!;
    expect(lead).toBeGreaterThanOrEqual(9);
    expect(lead).toBeLessThanOrEqual(12);
    expect(leadOverLoss).toBe(end! - 30);
    expect(leadOverLoss).toBeGreaterThanOrEqual(lead!);
  });

  it('withdraws a warning when the rate falls again, and warns anew', () => {
    const ratios = [0.9, 1.1, 1.1, 0.99, 1.1, 0.9, 0.9, 1.05, 1.1];
    const events = eventsOf(losses(9).map((loss, step): Observation => [ratios[step]!, loss]));
    expect(events.map(({ state, begin, outcome }) => [state, begin, outcome])).toEqual([
      ['open', 1, null],
      ['closed', 1, 'withdrawn'],
      ['open', 7, null],
    ]);
  });

  it('gives a warning up after its patience, and stays silent until the rate has been below', () => {
    const detector = new EarlyWarningDetector({ patience: 20 });
    const events = eventsOf(
      losses(100).map((loss): Observation => [1.1, loss]),
      detector,
    );
    expect(events.map(({ state, outcome }) => [state, outcome])).toEqual([
      ['open', null],
      ['closed', 'no rise'],
    ]);
    expect(detector.finish()).toBeNull();
  });

  it('has nothing to warn of once the loss is up, where the ratio is not known, or below the threshold', () => {
    const late = losses(60, 20).map((loss, step): Observation => [step < 27 ? 0.9 : 1.3, loss]);
    expect(eventsOf(late)).toEqual([]);
    expect(eventsOf(losses(60, 20).map((loss): Observation => [null, loss]))).toEqual([]);
    expect(eventsOf(losses(60, 20).map((loss): Observation => [0.97, loss]))).toEqual([]);
  });

  it('reports an open warning at the end, and closes it at a restart', () => {
    const detector = new EarlyWarningDetector();
    detector.push(1.2, 1, 10);
    expect(detector.finish()).toMatchObject({ state: 'open', begin: 10 });
    expect(detector.push(0.5, 1, 3).event).toMatchObject({ state: 'closed', begin: 10, confirmedAt: 3, outcome: null });
    expect(detector.push(1.2, 1, 4).event).toMatchObject({ state: 'open', begin: 4 });
    expect(detector.push(1.2, 1, 4).event).toBeNull();
  });

  it('every report is finite, known at its step, closes what was open; its state survives JSON at any point', () => {
    const observation = fc.tuple(
      fc.oneof(fc.constant(null), fc.double({ min: 0, max: 3, noNaN: true })),
      fc.oneof(
        { weight: 9, arbitrary: fc.double({ min: 0.01, max: 100, noNaN: true }) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      ),
    );
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 120 }), fc.nat(120), (observations, cut) => {
        const whole = new EarlyWarningDetector({ patience: 15 });
        let resumed = new EarlyWarningDetector({ patience: 15 });
        let open: number | null = null;
        observations.forEach(([ratio, loss], step) => {
          if (step === cut) resumed = EarlyWarningDetector.fromJSON(JSON.parse(JSON.stringify(resumed)));
          const { event } = whole.push(ratio, loss, step);
          expect(resumed.push(ratio, loss, step).event).toEqual(event);
          if (event === null) return;
          expect(event.confirmedAt).toBe(step);
          if (event.state === 'open') expect(open).toBeNull();
          else expect(event.begin).toBe(open);
          open = event.state === 'open' ? event.begin : null;
          for (const value of Object.values(event)) if (typeof value === 'number') expect(value).not.toBeNaN();
        });
        expect(whole.finish()?.begin ?? null).toBe(open);
      }),
    );
  });
});
