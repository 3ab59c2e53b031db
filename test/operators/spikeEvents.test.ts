import { from, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { SpikeDetector } from '../../src/detectors/spikeDetector.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { type SpikeFields, spikes } from '../../src/operators/spikes.ts';
import { type LossRow, runOf } from '../../src/step.ts';
import { collected } from '../training/smallRun.ts';

/** A slow descent with a rise to 20 times the loss at step 50, back by step 62. */
const trace = Array.from({ length: 120 }, (_, step) => {
  const rise = step >= 50 && step < 62 ? 1 + 19 * (1 - Math.abs(step - 55) / 7) : 1;
  return { step, loss: Math.exp(-step / 100) * rise };
});

/** The trace with what a recorded run may carry: a kernel that flattens, and a rise in its top eigenspace. */
function recorded({ lambdaAfter, topShare }: { readonly lambdaAfter: number; readonly topShare: number }) {
  return trace.map(({ step, loss }) => {
    const calm = Math.exp(-step / 100);
    const lossTop = 0.1 * calm + topShare * (loss - calm);
    return {
      step,
      loss,
      tangentKernel: {
        lambdaMax: step < 55 ? 1 : lambdaAfter,
        criticalLearningRate: 1,
        learningRateRatio: 1.3,
      },
      eigenspace: { lossTop, lossComplement: loss - lossTop },
    };
  });
}

function lastEvent(rows: readonly { readonly catapults: { readonly event: { readonly verdict: string } | null } }[]) {
  return rows.flatMap(({ catapults: { event } }) => event ?? []).at(-1) as
    | {
        verdict: string;
        topShare: number | null;
        lambdaBefore: number | null;
        lambdaAfter: number | null;
        evidence: string;
      }
    | undefined;
}

describe('spikes', () => {
  it('on bare rows of step and loss: what the detector says, nothing more needed', async () => {
    const rows = await collected(from(trace.map((row) => ({ ...row }))).pipe(spikes()));
    const detector = new SpikeDetector();
    const events = rows.flatMap((row, index) => {
      const state = detector.push(trace[index]!.loss, index);
      expect(row.spikes.open).toBe(state.open);
      expect(row.spikes.event).toEqual(state.event);
      expect(row.spikes.threshold).toBe(state.threshold);
      return row.spikes.event ?? [];
    });
    expect(events.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(events[1]!.verdict).toBe('spike');
    expect(events[1]!.peakStep).toBe(55);
    expect(runOf(rows[0]!).columns.map(({ name }) => name)).toEqual(['step', 'loss', 'spikes']);
  });

  it('watch another series where told to', async () => {
    const rows = trace.map(({ step, loss }) => ({ step, loss: 1, other: loss }));
    const out = await collected(
      from(rows).pipe(spikes({ of: (row: LossRow) => (row as LossRow & { other: number }).other })),
    );
    expect(out.some((row) => row.spikes.open)).toBe(true);
  });

  it('not-a-number and infinite losses are data', async () => {
    const rows = [1, 1, 1, Number.NaN, Number.POSITIVE_INFINITY].map((loss, step) => ({ step, loss }));
    const out = await collected(from(rows).pipe(spikes()));
    expect(out.length).toBe(5);
    expect(out.flatMap((row) => row.spikes.event ?? []).at(-1)!.verdict).toBe('divergence');
  });

  it('options are checked at once', () => {
    expect(() => spikes({ patience: -1 })).toThrow(RangeError);
    expect(() => spikes({ patience: -1 })).toThrow('patience');
  });
});

describe('catapults', () => {
  it('without spikes before it is an error with the first row', async () => {
    const rows = from(trace.map((row) => ({ ...row }))) as Observable<LossRow & { readonly spikes: SpikeFields }>;
    await expect(collected(rows.pipe(catapults()))).rejects.toThrow(
      'catapults: put spikes() before catapults() in the pipe',
    );
  });

  it('recorded rows: a catapult where the kernel flattened and the rise was in its top eigenspace', async () => {
    const rows = await collected(from(recorded({ lambdaAfter: 0.6, topShare: 0.9 })).pipe(spikes(), catapults()));
    const event = lastEvent(rows)!;
    expect(event.verdict).toBe('catapult');
    expect(event.topShare).toBeCloseTo(0.9, 1);
    expect(event.lambdaBefore).toBe(1);
    expect(event.lambdaAfter).toBe(0.6);
    expect(rows[58]!.catapults.topShare).toBeCloseTo(0.9, 1);
    expect(rows[40]!.catapults.topShare).toBe(null);
  });

  it.each([
    ['the kernel did not flatten', { lambdaAfter: 1, topShare: 0.9 }],
    ['the rise was elsewhere', { lambdaAfter: 0.6, topShare: 0.1 }],
  ])('recorded rows: no catapult where %s', async (_, kernel) => {
    const rows = await collected(from(recorded(kernel)).pipe(spikes(), catapults()));
    expect(lastEvent(rows)!.verdict).toBe('spike');
  });

  it('bare rows: a spike, and what could not be checked is said', async () => {
    const rows = await collected(from(trace.map((row) => ({ ...row }))).pipe(spikes(), catapults()));
    const event = lastEvent(rows)!;
    expect(event).toMatchObject({ verdict: 'spike', topShare: null, lambdaBefore: null, lambdaAfter: null });
    expect(event.evidence).toContain('was not measured');
  });
});
