import { describe, expect, it } from 'vitest';
import { CatapultDetector } from '../../src/detectors/catapultDetector.ts';
import { SpikeDetector, type SpikeDetectorOptions } from '../../src/detectors/spikeDetector.ts';
import type { SpikeEvent } from '../../src/detectors/spikeEvent.ts';

function eventsOf(losses: readonly number[], options: SpikeDetectorOptions = {}): SpikeEvent[] {
  const detector = new SpikeDetector(options);
  const events: SpikeEvent[] = [];
  for (const loss of losses) {
    const { event } = detector.push(loss);
    if (event !== null) events.push(event);
  }
  return events;
}

/** Losses of the tail of a full-batch catapult: a smooth climb and fall on a falling baseline. */
function catapult(peak: number, length: number): number[] {
  const losses: number[] = [];
  for (let t = 0; t < 40; t++) losses.push(2 * Math.exp(-0.01 * t));
  const before = losses.at(-1)!;
  for (let t = 1; t < length; t++) losses.push(before * peak ** (Math.sin((Math.PI * t) / length) ** 2));
  for (let t = 0; t < 40; t++) losses.push(before * Math.exp(-0.01 * t));
  return losses;
}

describe('SpikeDetector', () => {
  it.each([1.5, 4, 60])('finds a noise-free rise of x%d, opens and closes it', (peak) => {
    const events = eventsOf(catapult(peak, 12));
    expect(events.map((event) => [event.state, event.verdict])).toEqual([
      ['open', 'undecided'],
      ['closed', 'spike'],
    ]);
    const [open, closed] = events as [SpikeEvent, SpikeEvent];
    expect(open.begin).toBeGreaterThanOrEqual(40);
    expect(open.begin).toBeLessThanOrEqual(43);
    expect(open.confirmedAt).toBeGreaterThanOrEqual(open.begin);
    expect(closed.peakStep).toBe(45);
    expect(closed.ratio).toBeCloseTo(peak, -Math.log10(peak * 0.05));
    expect(closed.end).toBeGreaterThan(45);
    expect(closed.recoveredIn).toBe(closed.end! - closed.begin);
  });

  it('finds a rise that begins with the second step', () => {
    const losses = Array.from({ length: 30 }, (_, t) => 1 + 50 * Math.exp(-(((t - 6) / 2.2) ** 2)));
    expect(eventsOf(losses).at(-1)).toMatchObject({ verdict: 'spike', state: 'closed', peakStep: 6 });
  });

  it('finds a rise in the very first steps if it is told that there is no noise', () => {
    // Full-batch cross-entropy at three times the critical rate.
    const losses = [0.69, 0.52, 0.99, 2.7, 0.55, 0.25, 0.13, 0.1, 0.08, 0.06, 0.06, 0.05, 0.04];
    expect(eventsOf(losses)).toEqual([]);
    expect(eventsOf(losses, { noise: 0 })).toMatchObject([
      { state: 'open', begin: 2, confirmedAt: 2 },
      { state: 'closed', begin: 2, end: 4, peak: expect.closeTo(2.7), verdict: 'spike' },
    ]);
  });

  it('calls a rise that stays a level shift, once patience has passed', () => {
    const losses = Array.from({ length: 400 }, (_, t) => (t < 100 ? 1 : 3));
    expect(eventsOf(losses).at(-1)).toMatchObject({
      verdict: 'level shift',
      begin: 100,
      end: 300,
      confirmedAt: 300,
      recoveredIn: null,
    });
    expect(eventsOf(losses, { patience: 50 }).at(-1)).toMatchObject({ verdict: 'level shift', end: 150 });
  });

  it('reports NaN as a divergence and is not poisoned by it', () => {
    const losses = [1, 0.9, 0.8, Number.NaN, Number.POSITIVE_INFINITY, 0.79, 0.78, 0.77];
    expect(eventsOf(losses)).toMatchObject([
      { state: 'open', verdict: 'divergence', begin: 3 },
      { state: 'closed', verdict: 'divergence', begin: 3, end: 5 },
    ]);
    const detector = new SpikeDetector();
    for (const loss of losses) detector.push(loss);
    expect(detector.state.level).toBeCloseTo(0.85, 1);
    expect(eventsOf([Number.NaN, Number.NaN, 3, 2, 1])).toHaveLength(2);
  });

  it('escalates an open event over the cap and reports it still open at the end', () => {
    const detector = new SpikeDetector();
    const events: SpikeEvent[] = [];
    for (let t = 0; t < 60; t++) {
      const { event } = detector.push(t < 30 ? 1 : 2 ** (t - 29));
      if (event !== null) events.push(event);
    }
    expect(events.map(({ verdict }) => verdict)).toEqual(['undecided', 'divergence']);
    expect(detector.finish()).toMatchObject({ state: 'open', verdict: 'divergence', begin: 30, end: null });
    expect(JSON.parse(JSON.stringify(detector.finish()))).toEqual(detector.finish());
  });

  it('takes a step that goes back as a restart, and ignores a repeated one', () => {
    const detector = new SpikeDetector();
    for (let t = 0; t < 50; t++) detector.push(Math.exp(-0.1 * t), t);
    expect(detector.push(100, 49).open).toBe(false);
    expect(detector.push(1, 0).event).toBeNull();
    for (let t = 1; t < 20; t++) expect(detector.push(Math.exp(-0.1 * t), t).open).toBe(false);
    detector.push(10, 20);
    expect(detector.push(1, 0).event).toMatchObject({
      state: 'closed',
      verdict: 'undecided',
      begin: 20,
      confirmedAt: 0,
    });
  });

  it('skips values that have no logarithm', () => {
    const detector = new SpikeDetector();
    for (const loss of [1, 0, 1, -2, 1, 1]) detector.push(loss);
    expect(detector.state).toMatchObject({ skipped: 2, open: false });
  });

  it('refuses options and steps that make no sense, naming them', () => {
    expect(() => new SpikeDetector({ ratio: 0.5 })).toThrow('ratio is 0.5; expected a number from 1.01');
    expect(() => new SpikeDetector({ smoothing: Number.NaN })).toThrow('smoothing is NaN');
    expect(() => new SpikeDetector().push(1, Number.NaN)).toThrow('step is NaN');
    expect(() => SpikeDetector.fromJSON({ detector: 'plateau' } as never)).toThrow('expected spike version 1');
  });
});

describe('CatapultDetector', () => {
  function verdict(lambdas: boolean, tops: boolean, falls: number, length = 12) {
    const spikes = new SpikeDetector();
    const catapults = new CatapultDetector();
    let last: SpikeEvent | null = null;
    for (const [step, loss] of catapult(20, length).entries()) {
      const lambdaMax = lambdas ? (step < 42 ? 0.17 : 0.17 * falls) : null;
      const lossTop = tops ? loss - 0.9 : null;
      const state = catapults.push(loss, spikes.push(loss, step), { lambdaMax, lossTop, rateToCritical: 1.3 });
      last = state.event ?? last;
    }
    return last;
  }

  it('needs a fall of lambda and a rise in the top eigenspace', () => {
    expect(verdict(true, true, 0.6)).toMatchObject({ verdict: 'catapult', lambdaBefore: 0.17 });
    expect(verdict(true, true, 0.6)!.topShare).toBeCloseTo(1);
    expect(verdict(true, true, 0.97)).toMatchObject({ verdict: 'spike' });
    expect(verdict(true, true, 0.99, 2)).toMatchObject({ verdict: 'bad batch' });
  });

  it('says what it could not check', () => {
    expect(verdict(false, false, 1)).toMatchObject({ verdict: 'spike', topShare: null, lambdaBefore: null });
    expect(verdict(false, false, 1)!.evidence).toContain('lambda was not measured');
    expect(verdict(true, false, 0.6)!.evidence).toContain('top eigenspace share was not measured');
  });
});
