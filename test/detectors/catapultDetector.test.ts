import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CatapultDetector } from '../../src/detectors/catapultDetector.ts';
import { SpikeDetector } from '../../src/detectors/spikeDetector.ts';
import type { SpikeEvent } from '../../src/detectors/spikeEvent.ts';
import { kernelTraces } from '../../src/testing/arbitraries.ts';

describe('CatapultDetector', () => {
  it('reaches the planted verdict, and survives JSON at any point', () => {
    fc.assert(
      fc.property(kernelTraces(), fc.nat(400), (trace, cut) => {
        const spikes = new SpikeDetector();
        const catapults = new CatapultDetector();
        let resumed = new CatapultDetector();
        let last: SpikeEvent | null = null;
        for (const row of trace.rows) {
          if (row.step === cut) resumed = CatapultDetector.fromJSON(JSON.parse(JSON.stringify(resumed)));
          const spike = spikes.push(row.loss, row.step);
          const { event } = catapults.push(row.loss, spike, row);
          expect(resumed.push(row.loss, spike, row).event).toEqual(event);
          last = event ?? last;
        }
        last = catapults.finish(spikes.finish()) ?? last;
        // Evidence at every second step may miss a batch of one step: then it is a spike.
        const allowed =
          trace.verdict === 'bad batch' && trace.plan.every > 1 ? ['bad batch', 'spike'] : [trace.verdict];
        expect(allowed).toContain(last === null ? null : last.verdict);
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it('weighs the shares along the rise, and is as sure as its weakest evidence', () => {
    const judged = (shares: readonly number[], lambdaAfter: number) => {
      const spikes = new SpikeDetector({ noise: 0 });
      const catapults = new CatapultDetector();
      const losses = [1, 1, 1, 1, 3, 9, 27, 40, 3, 1, 0.9];
      let last: SpikeEvent | null = null;
      for (const [step, loss] of losses.entries()) {
        const lambdaMax = step < 8 ? 0.2 : lambdaAfter;
        const riseShare = shares[step - 4] ?? null;
        const state = catapults.push(loss, spikes.push(loss, step), {
          lambdaMax,
          lossTop: null,
          riseShare,
          rateToCritical: 1,
        });
        last = state.event ?? last;
      }
      return last!;
    };
    // The kernel turns at the peak: one step of four, a ninth of the rise of the log-loss.
    const turned = judged([1, 1, 1, 0.1], 0.1);
    expect(turned.topShare).toBeCloseTo(1 - 0.9 * (Math.log(40 / 27) / Math.log(40)));
    expect(turned).toMatchObject({ verdict: 'catapult' });
    expect(turned.confidence).toBeGreaterThan(0.95);
    expect(judged([0.52, 0.52, 0.52, 0.52], 0.1).confidence).toBeCloseTo(0.55, 2);
    expect(judged([1, 1, 1, 1], 0.189)).toMatchObject({ verdict: 'catapult', confidence: expect.closeTo(0.56, 1) });
    expect(judged([1, 1, 1, 1], 0.191)).toMatchObject({ verdict: 'spike', confidence: expect.closeTo(0.56, 1) });
    expect(judged([], 0.1)).toMatchObject({ verdict: 'spike', confidence: 0.5 });
  });

  it('calls no movement of the outputs in the top eigenspace a bad batch', () => {
    const judged = (riseShare: number) => {
      const spikes = new SpikeDetector({ noise: 0 });
      const catapults = new CatapultDetector();
      let last: SpikeEvent | null = null;
      for (const [step, loss] of [1, 1, 1, 1, 3, 1, 1].entries()) {
        const evidence = { lambdaMax: 0.2, lossTop: null, riseShare: step === 4 ? riseShare : null, rateToCritical: 1 };
        last = catapults.push(loss, spikes.push(loss, step), evidence).event ?? last;
      }
      return last!.verdict;
    };
    expect([judged(0.02), judged(1.1)]).toEqual(['bad batch', 'spike']);
  });

  it('survives JSON before its memory is full: an empty slot stays empty', () => {
    const detector = new CatapultDetector();
    const quiet = { step: 0, open: false, begin: Number.NaN, event: null };
    detector.push(1, quiet, { lambdaMax: 0.2, lossTop: 0.1, rateToCritical: null });
    const restored = CatapultDetector.fromJSON(JSON.parse(JSON.stringify(detector)));
    expect(restored.toJSON()).toEqual(detector.toJSON());
  });

  it('refuses options that make no sense', () => {
    expect(() => new CatapultDetector({ topShare: 50 })).toThrow('topShare is 50; expected a number from 0 to 1');
  });
});
