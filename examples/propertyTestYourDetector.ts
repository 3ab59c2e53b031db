// Property tests of a detector of one's own, with the arbitraries, laws and planted truth of onager/testing.
import fc from 'fast-check';
import { type LossDetector, spikeDetectorLaws } from 'onager/testing';

/** What trainers do: a loss of three times its exponential average is a spike, until it is down to 1.5 times. */
class ThreeTimesAverage implements LossDetector {
  average = Number.NaN;
  begin: number | null = null;

  push(loss: number, step: number) {
    const opens = this.begin === null && loss > 3 * this.average;
    const closes = this.begin !== null && loss < 1.5 * this.average;
    if (opens) this.begin = step;
    const state: 'open' | 'closed' = opens ? 'open' : 'closed';
    const event = opens || closes ? { state, begin: this.begin!, confirmedAt: step } : null;
    if (closes) this.begin = null;
    if (this.begin === null) this.average = Number.isNaN(this.average) ? loss : 0.95 * this.average + 0.05 * loss;
    return { event };
  }

  finish() {
    return this.begin === null ? null : { state: 'open' as const, begin: this.begin, confirmedAt: this.begin };
  }
}

const laws = spikeDetectorLaws({ make: () => new ThreeTimesAverage(), threshold: 4, latency: 3 });
for (const [name, law] of Object.entries(laws)) {
  const { failed, counterexample } = fc.check(law, { seed: 1, numRuns: 100 });
  console.log(failed ? `broken  ${name}\n        ${fc.stringify(counterexample).slice(0, 300)}` : `holds   ${name}`);
}
