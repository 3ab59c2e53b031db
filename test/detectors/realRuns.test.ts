import { describe, expect, it } from 'vitest';
import { CatapultDetector } from '../../src/detectors/catapultDetector.ts';
import { SpikeDetector } from '../../src/detectors/spikeDetector.ts';
import type { SpikeEvent } from '../../src/detectors/spikeEvent.ts';
import { type Descent, twoLayerDescent } from './twoLayerDescent.ts';

/** The last report of every event of a run. */
function verdictsOf(spec: Descent): SpikeEvent[] {
  const spikes = new SpikeDetector();
  const catapults = new CatapultDetector();
  const last = new Map<number, SpikeEvent>();
  for (const row of twoLayerDescent(spec)) {
    const { event } = catapults.push(row.loss, spikes.push(row.loss, row.step), row);
    if (event !== null) last.set(event.begin, event);
  }
  const open = catapults.finish(spikes.finish());
  if (open !== null) last.set(open.begin, open);
  return [...last.values()];
}

function isCatapult(spec: Descent): boolean {
  return verdictsOf(spec).some(({ verdict }) => verdict === 'catapult');
}

describe('verdicts on real training runs', () => {
  it('calls gradient descent at 1.1 to 1.8 times the critical rate a catapult', () => {
    const runs = [1.1, 1.2, 1.3, 1.5, 1.8].flatMap((rate) => [1, 2].map((seed) => ({ rate, seed, steps: 60 })));
    const missed = runs.filter((run) => !isCatapult(run));
    expect(missed.length, JSON.stringify(missed)).toBeLessThanOrEqual(1);
  });

  it('sees a catapult of heavy-ball descent', () => {
    expect(isCatapult({ seed: 3, rate: 1.2, momentum: 0.5, steps: 60 })).toBe(true);
  });

  it('reports nothing below the critical rate', () => {
    for (const rate of [0.3, 0.5, 0.7]) expect(verdictsOf({ seed: 1, rate, steps: 100 })).toEqual([]);
    expect(verdictsOf({ seed: 4, rate: 0.8, loss: 'logistic', steps: 100 })).toEqual([]);
  });

  it('calls twice the critical rate and more a divergence', () => {
    for (const rate of [2.5, 3]) {
      expect(verdictsOf({ seed: 2, rate, steps: 60 })).toMatchObject([{ verdict: 'divergence', state: 'open' }]);
    }
  });

  it('calls flipped labels and a rescaled output layer anything but a catapult', () => {
    for (const disturb of ['flip labels', 'rescale output'] as const) {
      for (const seed of [1, 2, 3]) expect(isCatapult({ seed, rate: 0.5, disturb, steps: 100 }), disturb).toBe(false);
    }
    expect(verdictsOf({ seed: 3, rate: 0.3, disturb: 'flip labels', steps: 100 })).toMatchObject([
      { verdict: 'bad batch', begin: 60 },
    ]);
  });
});
