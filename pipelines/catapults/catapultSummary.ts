import type { SpikeEvent } from '../../src/detectors/spikeEvent.ts';
import type { Saved } from '../../src/memory.ts';
import type { Json } from '../../src/run.ts';
import type { Summary } from '../pipeline.ts';
import type { CatapultRow } from './catapultRows.ts';

/** What is compared of the first row and the last. */
type Compared = Pick<CatapultRow, 'loss' | 'evaluation' | 'agopAlignment' | 'tangentKernel'>;

interface SavedSummary {
  readonly first: Compared;
  readonly events: readonly SpikeEvent[];
}

/**
 * What a run of the catapults pipeline found: its events, and the network before and after. Of a run that is resumed
 * it tells the whole.
 */
export class CatapultSummary implements Summary<CatapultRow> {
  readonly #events = new Map<number, SpikeEvent>();
  #first: Compared | undefined;
  #last: CatapultRow | undefined;

  push(row: CatapultRow): void {
    if (this.#last === undefined) this.#begin(row);
    this.#last = row;
    const { event } = row.catapults;
    if (event !== null) this.#events.set(event.begin, event);
  }

  #begin(row: CatapultRow): void {
    const { loss, evaluation, agopAlignment, tangentKernel } = row;
    this.#first = { loss, evaluation, agopAlignment, tangentKernel };
    const memory = {
      save: () => structuredClone({ first: this.#first, events: [...this.#events.values()] }) as unknown as Saved,
      restore: ({ first, events }: SavedSummary) => {
        this.#first = first;
        for (const event of events) this.#events.set(event.begin, event);
      },
    };
    row.run.keep('summary of catapults', memory, false);
  }

  result(): { readonly [key: string]: Json } {
    const first = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined) return { steps: 0, events: [] };
    const verdicts: Record<string, number> = {};
    for (const { verdict } of this.#events.values()) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    return {
      run: last.run.name,
      steps: last.step,
      seconds: last.seconds,
      backend: last.run.metadata.backend ?? null,
      catapults: verdicts.catapult ?? 0,
      verdicts,
      trainLoss: { before: number(first.loss), after: number(last.loss) },
      testLoss: {
        before: number(first.evaluation.testLoss),
        after: number(last.evaluation.testLoss),
      },
      testAccuracy: {
        before: number(first.evaluation.testAccuracy),
        after: number(last.evaluation.testAccuracy),
      },
      agopAlignment: { before: number(first.agopAlignment.alignment), after: number(last.agopAlignment.alignment) },
      agopReference: last.run.metadata.agopReference ?? null,
      lambdaMax: { before: number(first.tangentKernel.lambdaMax), after: number(last.tangentKernel.lambdaMax) },
      events: [...this.#events.values()].map((event) => ({ ...event })),
    };
  }

  text(): string {
    const first = this.#first;
    const last = this.#last;
    if (first === undefined || last === undefined) return 'no step was made';
    const found = [...this.#events.values()];
    const catapults = found.filter(({ verdict }) => verdict === 'catapult');
    const others = found.length - catapults.length;
    const accuracy = last.evaluation.testAccuracy ?? null;
    const lines = [
      `catapults       ${catapults.length}${others > 0 ? ` (and ${others} other ${others === 1 ? 'event' : 'events'})` : ''}`,
      `training loss   ${shown(first.loss)} -> ${shown(last.loss)} in ${last.step} steps, ${last.seconds.toFixed(1)} s`,
      `test loss       ${shown(first.evaluation.testLoss)} -> ${shown(last.evaluation.testLoss)}`,
      `AGOP alignment  ${shown(first.agopAlignment.alignment)} -> ${shown(last.agopAlignment.alignment)}`,
      `lambda_max(K)/n ${shown(first.tangentKernel.lambdaMax)} -> ${shown(last.tangentKernel.lambdaMax)}`,
    ];
    if (accuracy !== null) {
      lines.splice(3, 0, `test accuracy   ${shown(first.evaluation.testAccuracy)} -> ${shown(accuracy)}`);
    }
    return lines.join('\n');
  }
}

function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : String(Number(value.toPrecision(4)));
}

/** Not-a-number and infinities as text: JSON has no number for them, and they are not to be lost. */
function number(value: number | null | undefined): Json {
  if (value === null || value === undefined) return null;
  return Number.isFinite(value) ? value : String(value);
}
