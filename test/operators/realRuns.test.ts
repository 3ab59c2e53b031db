import { describe, expect, it } from 'vitest';
import type { SpikeEvent } from '../../src/detectors/spikeEvent.ts';
import { type RealRun, verdictsOf } from './realRunsOfTheTrainer.ts';

// A few runs of a larger table: 470 on seeds 0 to 9, and the same on 100 to 109, which no rule was
// chosen on.

/** What the run is called: a catapult if any of its events is one, else its last verdict. */
async function verdictOf(run: RealRun): Promise<SpikeEvent['verdict'] | 'no event'> {
  const events = await verdictsOf(run);
  if (events.some(({ verdict }) => verdict === 'catapult')) return 'catapult';
  return events.at(-1)?.verdict ?? 'no event';
}

async function verdicts(settings: readonly Omit<RealRun, 'seed'>[], seeds: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const setting of settings) for (const seed of seeds) found.push(await verdictOf({ ...setting, seed }));
  return found;
}

function share(found: readonly string[], verdict: string): number {
  return found.filter((one) => one === verdict).length / found.length;
}

describe('above the critical rate a run is a catapult', () => {
  it('two layers, c from 1.1 to 1.8', async () => {
    const settings = [1.1, 1.2, 1.4, 1.6, 1.8].map((c) => ({ c, steps: 60 }));
    expect(share(await verdicts(settings, [6, 104]), 'catapult')).toBeGreaterThanOrEqual(0.9);
  });

  it('four layers, c from 1.4 to 3, mild peaks included', async () => {
    const settings = [1.4, 2, 3].map((c) => ({ c, widths: [128, 128, 128], steps: 30 }));
    expect(share(await verdicts(settings, [1, 101]), 'catapult')).toBeGreaterThanOrEqual(0.9);
  });

  it('heavy ball, c from 1.1 to 1.2 in units of (1 + beta) n / lambda_max', async () => {
    const settings = [1.1, 1.2].map((c) => ({ c, momentum: 0.5, steps: 40 }));
    expect(share(await verdicts(settings, [2, 102]), 'catapult')).toBeGreaterThanOrEqual(0.9);
  });

  it('cross-entropy, c from 1.5 to 5', async () => {
    const settings = [1.5, 2, 3, 5].map((c) => ({ c, loss: 'crossEntropy' as const, samples: 400, steps: 25 }));
    expect(share(await verdicts(settings, [3, 103]), 'catapult')).toBeGreaterThanOrEqual(0.9);
  });
});

describe('what is no catapult is not called one', () => {
  it('below the critical rate there is no event', async () => {
    const below: Omit<RealRun, 'seed'>[] = [
      { c: 0.5 },
      { c: 0.9 },
      { c: 0.9, momentum: 0.5 },
      { c: 0.5, widths: [128, 128, 128] },
      { c: 0.9, loss: 'crossEntropy' },
    ];
    const settings = below.map((setting) => ({ ...setting, steps: 100 }));
    expect(new Set(await verdicts(settings, [0, 100]))).toEqual(new Set(['no event']));
  });

  it('two layers at more than twice the critical rate diverge', async () => {
    const settings = [2.2, 2.5, 3].map((c) => ({ c }));
    expect(new Set(await verdicts(settings, [0, 1, 100]))).toEqual(new Set(['divergence']));
  });

  it('a step on flipped labels, of all samples or of a batch', async () => {
    const disturbed = { by: 'flipped labels', at: 60 } as const;
    const settings: Omit<RealRun, 'seed'>[] = [
      { c: 0.3, disturbed, steps: 80 },
      { c: 0.7, disturbed, steps: 80 },
      { c: 0.5, disturbed, steps: 80, loss: 'crossEntropy' },
      { c: 0.4, batchSize: 25, disturbed: { ...disturbed, at: 150 }, steps: 200 },
    ];
    const found = await verdicts(settings, [0, 100]);
    expect(share(found, 'catapult')).toBeLessThanOrEqual(0.1);
    expect(found.slice(0, 2)).toEqual(['bad batch', 'bad batch']);
  });

  it('an output layer rescaled, up or down', async () => {
    const rescaled = (factor: number) => ({ by: 'rescaled outputs', at: 60, factor }) as const;
    const settings: Omit<RealRun, 'seed'>[] = [
      { c: 0.7, disturbed: rescaled(1.8), steps: 80 },
      { c: 0.7, disturbed: rescaled(0.4), steps: 80 },
      { c: 0.4, batchSize: 25, disturbed: { ...rescaled(1.8), at: 150 }, steps: 200 },
    ];
    expect(share(await verdicts(settings, [0, 100]), 'catapult')).toBeLessThanOrEqual(0.1);
  });
});

describe('the reports of a real run', () => {
  it('carry evidence and confidence, and are confirmed when the loss is back', async () => {
    const [event] = await verdictsOf({ c: 1.4, seed: 0, steps: 40 });
    expect(event).toMatchObject({ verdict: 'catapult', state: 'closed' });
    expect(event!.confirmedAt).toBe(event!.end);
    expect(event!.confidence).toBeGreaterThan(0.95);
    expect(event!.topShare).toBeGreaterThan(0.9);
    expect(event!.lambdaAfter!).toBeLessThan(0.5 * event!.lambdaBefore!);
  });

  it('weigh the whole rise: at the peak of a violent catapult the top eigenspace has turned', async () => {
    const [event] = await verdictsOf({ c: 1.8, seed: 6, steps: 20 });
    expect(event).toMatchObject({ verdict: 'catapult' });
    expect(event!.topShare).toBeGreaterThan(0.7);
  });
});
