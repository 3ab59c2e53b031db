import { describe, expect, it } from 'vitest';
import { DivergenceDetector } from '../../src/detectors/divergenceDetector.ts';
import { PlateauDetector } from '../../src/detectors/plateauDetector.ts';
import { TraceRandom } from '../../src/testing/traceRandom.ts';

describe('DivergenceDetector', () => {
  it.each([
    ['not finite', (t: number) => (t < 20 ? 1 : Number.NaN)],
    ['over the cap', (t: number) => (t < 20 ? 1 : 10 ** (t - 19))],
    ['keeps rising', (t: number) => (t < 20 ? 1 : Math.exp((t - 19) / 60))],
  ])('opens because the loss is %s', (reason, loss) => {
    const detector = new DivergenceDetector();
    const events = Array.from({ length: 300 }, (_, t) => detector.push(loss(t)).event).filter(
      (event) => event !== null,
    );
    expect(events).toMatchObject([{ state: 'open', reason }]);
    expect(detector.finish()).toMatchObject({ state: 'open', reason, end: null });
  });

  it('lets a broad catapult pass, and closes when the loss is back', () => {
    const catapult = new DivergenceDetector();
    for (let t = 0; t < 200; t++) expect(catapult.push(1 + 80 * Math.exp(-(((t - 60) / 15) ** 2))).event).toBeNull();
    const detector = new DivergenceDetector();
    for (const loss of [1, 1, Number.POSITIVE_INFINITY]) detector.push(loss);
    expect(detector.push(2).event).toMatchObject({ state: 'closed', end: 3 });
  });
});

describe('PlateauDetector', () => {
  it('opens after the patience and closes when the loss falls again', () => {
    const random = new TraceRandom(3);
    const detector = new PlateauDetector();
    const events = Array.from({ length: 1500 }, (_, t) => {
      const fall = t < 300 ? t : t < 1000 ? 300 : t - 700;
      return detector.push(Math.exp(-0.01 * fall + 0.05 * random.normal())).event;
    }).filter((event) => event !== null);
    expect(events.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(Math.abs(events[0]!.begin - 320)).toBeLessThan(130);
    expect(events[1]!.end).toBeGreaterThan(1000);
    expect(events[1]!.end).toBeLessThan(1100);
  });

  it('is not ended by a spike, and refuses bad options', () => {
    const detector = new PlateauDetector();
    const events = Array.from({ length: 900 }, (_, t) => detector.push(t > 500 && t < 520 ? 30 : 1).event);
    expect(events.filter((event) => event !== null)).toHaveLength(1);
    expect(() => new PlateauDetector({ improvement: 1 })).toThrow('improvement is 1; expected a number from 1.0001');
  });
});
