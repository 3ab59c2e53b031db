import { mergeMap, Observable, type OperatorFunction } from 'rxjs';
import type { Outcome } from './job.ts';
import type { SweepEvent } from './sweep.ts';

/**
 * What became of each job, in the order of submission, each as soon as those before it are known.
 *
 * ```
 * ended     --c----a--b--|
 * outcomes  -------a--bc-|
 * ```
 */
export function outcomes(): OperatorFunction<SweepEvent, Outcome> {
  return (events) =>
    new Observable((subscriber) => {
      const early = new Map<number, Outcome>();
      let next = 0;
      return events
        .pipe(
          mergeMap((event) => {
            if (event.kind !== 'ended') return [];
            early.set(event.run, event.outcome);
            const ready: Outcome[] = [];
            for (let outcome = early.get(next); outcome !== undefined; outcome = early.get(++next)) {
              early.delete(next);
              ready.push(outcome);
            }
            return ready;
          }),
        )
        .subscribe(subscriber);
    });
}
