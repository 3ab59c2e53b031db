import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DivergenceDetector } from '../../src/detectors/divergenceDetector.ts';
import { SpikeDetector } from '../../src/detectors/spikeDetector.ts';
import { runOf } from '../../src/testing/detectorRun.ts';
import {
  causality,
  closure,
  honesty,
  repeatability,
  resumption,
  scaleInvariance,
  shiftEquivariance,
  silenceOnDescent,
  spikeDetectorLaws,
} from '../../src/testing/laws.ts';

describe('SpikeDetector obeys every law', () => {
  const laws = spikeDetectorLaws({
    make: () => new SpikeDetector(),
    restore: (stored) => SpikeDetector.fromJSON(stored),
    threshold: 1.5,
    latency: 3,
  });
  it.each(Object.entries(laws))('%s', (_, law) => {
    fc.assert(law, { numRuns: 150, seed: 7 });
  });
});

describe('DivergenceDetector obeys the laws', () => {
  const make = () => new DivergenceDetector();
  const run = runOf(make);
  it.each(
    Object.entries({
      causality: causality(run),
      repeatability: repeatability(run),
      scaleInvariance: scaleInvariance(run),
      shiftEquivariance: shiftEquivariance(run),
      silenceOnDescent: silenceOnDescent(run),
      closure: closure(run),
      honesty: honesty(run),
      resumption: resumption(make, (stored) => DivergenceDetector.fromJSON(stored)),
    }),
  )('%s', (_, law) => {
    fc.assert(law, { numRuns: 150, seed: 7 });
  });
});

describe('the laws catch detectors that break them', () => {
  /** Reports every rise at once, and keeps all losses. */
  class Greedy {
    readonly losses: number[] = [];
    push(value: number, step: number) {
      const last = this.losses.at(-1) ?? value;
      this.losses.push(value);
      const rises = !(value <= last);
      return { event: rises ? { state: 'open' as const, begin: step, confirmedAt: step - 1 } : null };
    }
    finish() {
      return null;
    }
    toJSON() {
      return { losses: this.losses };
    }
  }
  const laws = spikeDetectorLaws({
    make: () => new Greedy(),
    restore: () => new Greedy(),
    threshold: 1.5,
    latency: 0,
  });
  it.each([
    'every event closes or is reported open at the end',
    'an event is confirmed at the step that reports it',
    'state survives JSON at any point',
    'state is bounded',
  ])('%s', (name) => {
    expect(fc.check(laws[name]!, { numRuns: 150, seed: 7 }).failed).toBe(true);
  });

  it('prints a counterexample as the plan that makes it', () => {
    const { counterexample } = fc.check(laws['every event closes or is reported open at the end']!);
    expect(fc.stringify(counterexample)).toContain('"trend":{"kind":');
  });
});
