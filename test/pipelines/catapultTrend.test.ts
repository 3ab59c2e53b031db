import { lastValueFrom, tap } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { catapultsPipeline } from '../../pipelines/catapults/catapults.ts';
import type { SpikeEvent } from '../../src/detectors/spikeEvent.ts';

const seeds = [0, 1, 2, 3, 4];
const counts = [0, 1, 2, 3, 4];

interface Outcome {
  readonly testLoss: number;
  readonly alignment: number;
  /** The last report of each rise of the loss. */
  readonly events: readonly SpikeEvent[];
}

async function outcome(catapults: number, seed: number): Promise<Outcome> {
  const { rows } = await catapultsPipeline.prepare({ size: 'small', catapults, seed, backend: 'wasm' });
  const events = new Map<number, SpikeEvent>();
  const last = await lastValueFrom(
    rows.pipe(tap(({ catapults: { event } }) => event !== null && events.set(event.begin, event))),
  );
  return {
    testLoss: last.evaluation.testLoss,
    alignment: last.agopAlignment.alignment,
    events: [...events.values()],
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe('the small catapults run with J = 0..4 over five seeds', () => {
  const byCount: Outcome[][] = [];
  beforeAll(async () => {
    for (const count of counts) {
      const outcomes: Outcome[] = [];
      for (const seed of seeds) outcomes.push(await outcome(count, seed));
      byCount.push(outcomes);
    }
  }, 240_000);

  it('the mean test loss falls with each catapult', () => {
    const losses = byCount.map((outcomes) => mean(outcomes.map(({ testLoss }) => testLoss)));
    for (const count of counts.slice(1)) expect(losses[count]).toBeLessThan(losses[count - 1]!);
    // The whole way is worth a third of the loss at least (in the paper's setting .448 -> .275).
    expect(losses[4]! / losses[0]!).toBeLessThan(2 / 3);
  });

  it('the mean AGOP alignment rises with each catapult', () => {
    const alignments = byCount.map((outcomes) => mean(outcomes.map(({ alignment }) => alignment)));
    for (const count of counts.slice(1)) expect(alignments[count]).toBeGreaterThan(alignments[count - 1]!);
  });

  it.each(counts)(
    'J = %i: every seed shows J events, each judged a catapult and none earlier than it could be',
    (J) => {
      for (const { events } of byCount[J]!) {
        expect(events.map(({ verdict }) => verdict)).toEqual(new Array(J).fill('catapult'));
        for (const { begin, peakStep, end, confirmedAt } of events) {
          expect(begin).toBeLessThanOrEqual(peakStep);
          expect(peakStep).toBeLessThan(end!);
          expect(confirmedAt).toBeGreaterThanOrEqual(end!);
        }
      }
    },
  );
});
