import type { Saved } from '../../src/memory.ts';
import type { Json } from '../../src/run.ts';
import { MeasuredSummary } from '../measured/measuredSummary.ts';
import type { Summary } from '../pipeline.ts';
import type { LossFunctionsRow } from './lossFunctions.ts';

interface Evidence {
  /** Largest ratio of the loss outside the top eigenvector to the least before it; null where it was not measured. */
  complementGrowth: number | null;
  leastComplement: number;
  catapults: number;
  /** The lowest share of a rise that lay in the top eigenspace, over the events judged. */
  topShare: number | null;
}

/** What a run of the loss-functions pipeline came to: beside the common numbers, where the rises of the square loss lay. */
export class LossFunctionsSummary implements Summary<LossFunctionsRow> {
  readonly #measured = new MeasuredSummary<LossFunctionsRow>();
  #evidence: Evidence = {
    complementGrowth: null,
    leastComplement: Number.POSITIVE_INFINITY,
    catapults: 0,
    topShare: null,
  };
  #begun = false;

  push(row: LossFunctionsRow): void {
    if (!this.#begun) {
      this.#begun = true;
      const memory = {
        save: (): Saved => ({ ...this.#evidence }),
        restore: (saved: Evidence) => {
          this.#evidence = { ...saved };
        },
      };
      row.run.keep('evidence of catapults', memory, false);
    }
    this.#measured.push(row);
    const seen = this.#evidence;
    const complement = row.eigenspace?.lossComplement;
    if (complement !== undefined && Number.isFinite(complement)) {
      seen.complementGrowth = Math.max(seen.complementGrowth ?? 1, complement / seen.leastComplement);
      seen.leastComplement = Math.min(seen.leastComplement, complement);
    }
    const event = row.catapults?.event ?? null;
    if (event?.state !== 'closed') return;
    if (event.verdict === 'catapult') seen.catapults++;
    if (event.topShare !== null) seen.topShare = Math.min(seen.topShare ?? event.topShare, event.topShare);
  }

  result(): { readonly [key: string]: Json } {
    const { complementGrowth, catapults, topShare } = this.#evidence;
    const judged = complementGrowth === null ? {} : { complementGrowth, catapults, topShare };
    return { ...this.#measured.result(), ...judged };
  }

  text(): string {
    const { complementGrowth, catapults, topShare } = this.#evidence;
    if (complementGrowth === null) return this.#measured.text();
    const share = topShare === null ? '' : `, at least ${topShare.toFixed(3)} of each rise in the top eigenspace`;
    return [
      this.#measured.text(),
      `catapults       ${catapults}${share}; the loss outside it grew by ${complementGrowth.toFixed(3)} at most`,
    ].join('\n');
  }
}
