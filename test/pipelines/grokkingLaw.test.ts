import fc from 'fast-check';
import { lastValueFrom, Subject, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { grokkingPipeline } from '../../pipelines/grokking/grokking.ts';
import { grokkingLaw } from '../../pipelines/grokking/grokkingLaw.ts';
import type { ControlMessage } from '../../src/training/control.ts';

const run = (lnAlpha: number, scaledT50: number, found = 'grokking') => ({ lnAlpha, scaledT50, class: found });

describe('grokkingLaw', () => {
  it('finds the line that the runs lie on', () => {
    const numbers = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(numbers, numbers, (slope, constant) => {
        const law = grokkingLaw([1, 2, 3, 5].map((lnAlpha) => run(lnAlpha, slope * lnAlpha + constant)))!;
        expect(law.numbers.slope).toBeCloseTo(slope, 9);
        expect(law.numbers.intercept).toBeCloseTo(constant, 9);
        expect(law.numbers.slopeError).toBeLessThan(1e-9);
        expect(law.numbers.runs).toBe(4);
      }),
    );
  });

  it('leaves out runs without a transition, and says nothing of fewer than three alphas', () => {
    const found = [run(1, 1), run(2, 2), run(2, 2.5), run(3, 100, 'none')];
    expect(grokkingLaw(found)).toBeNull();
    expect(grokkingLaw([...found, run(4, 4)])!.numbers.runs).toBe(4);
    expect(grokkingLaw([{ steps: 3 }, { lnAlpha: 2, scaledT50: null, class: 'none' }])).toBeNull();
  });

  it('is told in a line', () => {
    const { text } = grokkingLaw([run(1, -0.5), run(2, 0.5), run(3, 1.6)])!;
    expect(text).toMatch(/^wd tau_50 = \(1\.050 \+- 0\.029\) ln\(alpha\) - 1\.57, residual sd 0\.041, 3 runs/);
  });
});

describe('the controls', () => {
  it('are not run after a run that was told to stop', async () => {
    const control$ = new Subject<ControlMessage>();
    const said: string[] = [];
    const { rows, summary } = await grokkingPipeline.prepare(
      { size: 'small', controls: true, backend: 'wasm' },
      { control$, progress: (line) => said.push(line) },
    );
    const last = await lastValueFrom(
      rows.pipe(
        tap((row) => {
          summary.push(row);
          if (row.step === 5) control$.next({ type: 'stop' });
        }),
      ),
    );
    expect(last.step).toBeLessThan(8);
    expect(summary.result()).toMatchObject({ controls: {}, class: 'none' });
    expect(said).toEqual(['computing the predictors to compare with']);
    expect(control$.observed).toBe(false);
  });
});
