import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  comparable,
  interruptedRun,
  isSensible,
  recorded,
  type Settings,
  settings,
  specOf,
  wholeRun,
} from './resumableRun.ts';
import { leavesNoTensor } from './smallRun.ts';

/** Runs in which rises of the loss are open half of the time. */
const rising = settings.map(
  ({ seed }): Settings => ({
    optimizer: 'gradientDescent',
    schedule: 'raiseToCritical',
    batchSize: 12,
    depth: 1,
    seed,
  }),
);

describe('a run that was interrupted and resumed', () => {
  it('is the run that was not, bit for bit', () =>
    leavesNoTensor(() =>
      fc.assert(
        fc.asyncProperty(
          fc.oneof(settings.filter(isSensible), rising),
          fc.nat(24),
          fc.constantFrom('stop', 'unsubscribe', 'throw'),
          fc.integer({ min: 1, max: 9 }),
          async (chosen, at, how, every) => {
            const spec = specOf(chosen, 24);
            const whole = await wholeRun(spec);
            const before = await interruptedRun(spec, at, how, { every });
            const from = before.checkpoints.last;
            // Nothing had been saved yet: there is nothing to go on from.
            fc.pre(from !== undefined);
            const after = await wholeRun(spec, { resume: from! }, every);
            const kept = before.rows.filter(({ step }) => step < from!.step);
            expect(recorded([...kept, ...after.rows])).toEqual(recorded(whole.rows));
            // Of a loss that is not finite there is no last checkpoint: the rows have told it all.
            const end = whole.checkpoints.last;
            if (end === undefined) expect(whole.rows.at(-1)!.loss).not.toSatisfy(Number.isFinite);
            else expect(comparable(after.checkpoints.last ?? from)).toEqual(comparable(end));
          },
        ),
        { numRuns: 25 },
      ),
    ));
});
