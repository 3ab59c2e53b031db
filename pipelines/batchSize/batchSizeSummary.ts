import type { Json } from '../../src/run.ts';
import { MeasuredSummary } from '../measured/measuredSummary.ts';
import type { Summary } from '../pipeline.ts';
import type { BatchSizeRow } from './batchSize.ts';

/** Updates on one side of the critical rate of their batch, and how many of them raised the loss of that batch. */
interface Side {
  updates: number;
  rose: number;
}

/** What a run of the batch-size pipeline came to: beside the common numbers, whether the critical rate of a batch decides. */
export class BatchSizeSummary implements Summary<BatchSizeRow> {
  readonly #measured = new MeasuredSummary<BatchSizeRow>();
  #stable: Side = { updates: 0, rose: 0 };
  #unstable: Side = { updates: 0, rose: 0 };
  #begun = false;

  push(row: BatchSizeRow): void {
    if (!this.#begun) {
      this.#begun = true;
      const memory = {
        save: () => ({ stable: { ...this.#stable }, unstable: { ...this.#unstable } }),
        restore: ({ stable, unstable }: { stable: Side; unstable: Side }) => {
          this.#stable = { ...stable };
          this.#unstable = { ...unstable };
        },
      };
      row.run.keep('responses of the batches', memory, false);
    }
    this.#measured.push(row);
    const { before, after, learningRateRatio: ratio } = row.batchResponse;
    if (before === null || after === null || ratio === null) return;
    const side = ratio < 1 ? this.#stable : this.#unstable;
    side.updates++;
    if (!(after <= before)) side.rose++;
  }

  result(): { readonly [key: string]: Json } {
    return {
      ...this.#measured.result(),
      stableUpdates: this.#stable.updates,
      unstableUpdates: this.#unstable.updates,
      stableRose: this.#stable.rose,
      unstableRose: this.#unstable.rose,
      roseBelowCritical: share(this.#stable),
      roseAboveCritical: share(this.#unstable),
    };
  }

  text(): string {
    const side = ({ updates, rose }: Side) => `${rose} of ${updates}`;
    return [
      this.#measured.text(),
      `batch's loss    rose in ${side(this.#stable)} updates below the critical rate of the batch, in ${side(this.#unstable)} above`,
    ].join('\n');
  }
}

function share({ updates, rose }: Side): number | null {
  return updates === 0 ? null : rose / updates;
}
