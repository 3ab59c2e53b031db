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

  it('refuses options that make no sense', () => {
    expect(() => new CatapultDetector({ topShare: 50 })).toThrow('topShare is 50; expected a number from 0 to 1');
  });
});
