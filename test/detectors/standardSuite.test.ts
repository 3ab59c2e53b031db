import { describe, expect, it } from 'vitest';
import { PhaseTransitionDetector } from '../../src/detectors/phaseTransitionDetector.ts';
import { SpikeDetector } from '../../src/detectors/spikeDetector.ts';
import { EmaRatio } from '../../src/testing/baselines/index.ts';
import { precision, recall } from '../../src/testing/scoring.ts';
import { scoreLevelShifts, scoreSpikes } from '../../src/testing/spikeSuiteScores.ts';
import { levelShiftSuite, smallSpikeSuite, spikeSuite, transitionSuite } from '../../src/testing/standardSuite.ts';
import { scoreTransitions } from '../../src/testing/transitionSuiteScores.ts';

const make = () => new SpikeDetector();

// A part of the suite (150 traces), so the bounds leave room for its sampling error.
describe('the standard suite', () => {
  it.each([
    [0, 0.99, 0.99],
    [0.1, 0.98, 0.98],
    [0.3, 0.95, 0.93],
    [0.6, 0.9, 0.8],
  ])('spikes at log-noise %d', (scatter, leastPrecision, leastRecall) => {
    const score = scoreSpikes(make, spikeSuite('tuning', scatter, 150));
    expect(precision(score)).toBeGreaterThanOrEqual(leastPrecision);
    expect(recall(score)).toBeGreaterThanOrEqual(leastRecall);
  });

  it('rises of x1.5 to x2 at log-noise .02, which a ratio to an average never sees', () => {
    const suite = smallSpikeSuite('tuning', 0.02, 100);
    expect(recall(scoreSpikes(make, suite))).toBeGreaterThan(0.97);
    expect(recall(scoreSpikes(() => new EmaRatio(), suite))).toBe(0);
  });

  it('level shifts are not called spikes', () => {
    expect(scoreLevelShifts(make, levelShiftSuite('tuning', 0.3, 100)).calledSpike).toBeLessThanOrEqual(0.05);
  });

  it('transitions, and their midpoints', () => {
    const score = scoreTransitions(() => new PhaseTransitionDetector(), transitionSuite('tuning', 200));
    expect(precision(score)).toBeGreaterThanOrEqual(0.97);
    expect(recall(score)).toBeGreaterThanOrEqual(0.98);
    expect(score.midpointError).toBeLessThanOrEqual(0.02);
  });
});
