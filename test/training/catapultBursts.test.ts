import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../src/probe.ts';
import type { RunningSchedule, ScheduleStep } from '../../src/training/schedule.ts';
import { catapultBursts } from '../../src/training/schedules/catapultBursts.ts';
import { initialCritical } from '../../src/training/schedules/initialCritical.ts';

interface Seen {
  readonly loss: number;
  readonly critical: number;
}

function stepOf({ loss, critical }: Seen, step: number): ScheduleStep {
  const probe = { train: { criticalLearningRate: () => critical } } as unknown as Probe;
  return { step, epoch: step, time: 0, loss, probe, squaredNorm: () => 1, largestRowNorm: () => 1 };
}

function ratesOf(running: RunningSchedule, course: readonly Seen[]): number[] {
  return course.map((seen, step) => running.next(stepOf(seen, step)) as number);
}

const seen = fc.record({
  loss: fc.oneof(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)),
  critical: fc.double({ min: 0.1, max: 10, noNaN: true }),
});

describe('catapultBursts', () => {
  it('bursts until the kernel has halved, cools until the loss is back, and ends at the rate of the start', () => {
    const running = catapultBursts({ bursts: 1 }).start();
    const course = [
      { loss: 1, critical: 2 },
      { loss: 3, critical: 3 },
      { loss: 9, critical: 4 },
      { loss: 2, critical: 5 },
      { loss: 1, critical: 6 },
      { loss: 0.5, critical: 7 },
    ];
    expect(ratesOf(running, course)).toEqual([1.3 * 2, 1.3 * 3, 0.5 * 4, 0.5 * 5, 0.5 * 2, 0.5 * 2]);
    expect(running.settled).toBe(true);
  });

  it('a burst ends after its longest time, or when the loss has risen too far', () => {
    const still = { loss: 1, critical: 1 };
    const long = ratesOf(catapultBursts({ bursts: 1, longest: 3 }).start(), [still, still, still, still]);
    expect(long).toEqual([1.3, 1.3, 1.3, 0.5]);
    const high = ratesOf(catapultBursts({ bursts: 1 }).start(), [still, { loss: 1.1e4, critical: 1 }]);
    expect(high).toEqual([1.3, 0.5]);
  });

  it('the next burst begins with the step at which the loss is back', () => {
    const running = catapultBursts({ bursts: 2, longest: 1 }).start();
    const course = [1, 5, 1, 5, 1].map((loss) => ({ loss, critical: 1 }));
    expect(ratesOf(running, course)).toEqual([1.3, 0.5, 1.3, 0.5, 0.5]);
    expect(running.settled).toBe(true);
  });

  it('without bursts it is constant from the first step on, and asks for no kernel again', () => {
    const running = catapultBursts({ bursts: 0 }).start();
    expect(running.next(stepOf({ loss: 1, critical: 3 }, 0))).toBe(1.5);
    const blind = { ...stepOf({ loss: 1, critical: 3 }, 1), probe: undefined as unknown as Probe };
    expect(running.next(blind)).toBe(1.5);
    expect(running.settled).toBe(true);
  });

  it('law: every rate is one of three, bursts are as many as asked for, and never more than the longest in a row', () => {
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 120 }), fc.integer({ min: 0, max: 3 }), (course, bursts) => {
        const rates = ratesOf(catapultBursts({ bursts, longest: 5 }).start(), course);
        let begun = 0;
        let length = 0;
        for (const [step, rate] of rates.entries()) {
          const { critical } = course[step]!;
          const burst = rate === 1.3 * critical;
          expect([1.3 * critical, 0.5 * critical, 0.5 * course[0]!.critical]).toContain(rate);
          if (burst && length === 0) begun++;
          length = burst ? length + 1 : 0;
          expect(length).toBeLessThanOrEqual(5);
        }
        expect(begun).toBeLessThanOrEqual(bursts);
      }),
    );
  });

  it.each([
    ['catapultBursts', () => catapultBursts({ bursts: 2, longest: 4 })],
    ['initialCritical', () => initialCritical(0.7)],
  ])('law: %s saved at any step and restored goes on with the same rates', (_, schedule) => {
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1, maxLength: 60 }), fc.nat(60), (course, cut) => {
        const whole = ratesOf(schedule().start(), course);
        const first = schedule().start();
        const before = ratesOf(first, course.slice(0, cut));
        const second = schedule().start();
        second.restore!(structuredClone(first.save!()) as never);
        expect([...before, ...ratesOf(second, course.slice(cut))]).toEqual(whole);
      }),
    );
  });

  it('options out of range are named', () => {
    expect(() => catapultBursts({ bursts: -1 })).toThrow(/catapultBursts: bursts = -1/);
    expect(() => catapultBursts({ shrink: 1 })).toThrow(/shrink = 1/);
    expect(() => initialCritical(-1)).toThrow(/initialCritical: factor = -1/);
  });
});

describe('initialCritical', () => {
  it('is the factor times the first critical rate, whatever the later ones', () => {
    const course = [2, 5, 0.1].map((critical) => ({ loss: 1, critical }));
    expect(ratesOf(initialCritical(0.7).start(), course)).toEqual([1.4, 1.4, 1.4]);
  });
});
