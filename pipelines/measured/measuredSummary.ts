import type { Saved } from '../../src/memory.ts';
import type { Json } from '../../src/run.ts';
import { SpikeCount } from '../batchSize/spikeCount.ts';
import type { Summary } from '../pipeline.ts';
import type { MeasuredRow } from './measuredRows.ts';

/** The latest reading of what is not measured at every row. */
interface Readings {
  testLoss: number | null;
  testAccuracy: number | null;
  alignment: number | null;
  lambda: number | null;
}

interface SavedSummary {
  readonly readings: { readonly [name: string]: number | null };
  readonly lambda: { readonly start: number | null; readonly least: number | null };
  readonly loss: { readonly least: number; readonly growth: number; readonly peak: number; readonly peakStep: number };
  readonly count: { readonly least: number; readonly up: boolean; readonly count: number };
  readonly found: { readonly [verdict: string]: number };
}

/** What a run with {@link measuredRows} came to: numbers by name, all of them of the whole training set. */
export class MeasuredSummary<R extends MeasuredRow> implements Summary<R> {
  #readings: Readings = { testLoss: null, testAccuracy: null, alignment: null, lambda: null };
  #lambda: { start: number | null; least: number | null } = { start: null, least: null };
  #loss = { least: Number.POSITIVE_INFINITY, growth: 1, peak: 0, peakStep: 0 };
  readonly #count = new SpikeCount();
  /** How many rises of the loss `spikes()` found, by its last verdict. */
  #found: Record<string, number> = {};
  #last: R | undefined;

  push(row: R): void {
    if (this.#last === undefined) row.run.keep('summary', { save: () => this.#save(), restore: this.#restore }, false);
    this.#last = row;
    this.#seeLoss(row);
    const { event } = row.spikes;
    if (event?.state === 'closed') this.#found[event.verdict] = (this.#found[event.verdict] ?? 0) + 1;
    const { lambdaMax } = row.tangentKernel;
    if (lambdaMax !== null && Number.isFinite(lambdaMax)) {
      this.#readings.lambda = lambdaMax;
      this.#lambda.start ??= lambdaMax;
      this.#lambda.least = Math.min(this.#lambda.least ?? lambdaMax, lambdaMax);
    }
    if (row.evaluation.testLoss !== null) {
      this.#readings.testLoss = row.evaluation.testLoss;
      this.#readings.testAccuracy = row.evaluation.testAccuracy;
    }
    const { alignment = null } = row.agopAlignment ?? {};
    if (alignment !== null) this.#readings.alignment = alignment;
  }

  #seeLoss({ step, training: { loss } }: R): void {
    this.#count.push(loss);
    const seen = this.#loss;
    if (Number.isFinite(loss)) {
      seen.growth = Math.max(seen.growth, loss / seen.least);
      if (loss > seen.peak) Object.assign(seen, { peak: loss, peakStep: step });
      seen.least = Math.min(seen.least, loss);
    } else seen.growth = Number.POSITIVE_INFINITY;
  }

  #save(): Saved {
    const { count, least, up } = this.#count.save();
    return structuredClone({
      readings: { ...this.#readings },
      lambda: this.#lambda,
      loss: this.#loss,
      count: { count, least, up },
      found: this.#found,
    });
  }

  #restore = ({ readings, lambda, loss, count, found }: SavedSummary): void => {
    this.#readings = { ...this.#readings, ...readings };
    this.#lambda = { ...lambda };
    this.#loss = { ...loss };
    this.#count.restore(count);
    this.#found = { ...found };
  };

  result(): { readonly [key: string]: Json } {
    const last = this.#last;
    if (last === undefined) return { steps: 0 };
    const { testLoss, testAccuracy, alignment, lambda } = this.#readings;
    const diverged = !Number.isFinite(last.training.loss);
    // What was read on the way to infinity is no result.
    const reached = (value: number | null) => (diverged ? Number.NaN : value);
    return {
      run: last.run.name,
      steps: last.step,
      seconds: last.seconds,
      backend: last.run.metadata.backend ?? null,
      trainLoss: last.training.loss,
      testLoss: reached(testLoss),
      testError: testAccuracy === null ? null : reached(1 - testAccuracy),
      alignment: alignment === null ? null : reached(alignment),
      lambdaStart: this.#lambda.start,
      lambdaEnd: reached(lambda),
      lambdaLeast: this.#lambda.least,
      growth: this.#loss.growth,
      peak: this.#loss.peak,
      peakStep: this.#loss.peakStep,
      spikes: this.#count.count,
      found: { spike: 0, ...this.#found },
      diverged: diverged ? 1 : 0,
    };
  }

  text(): string {
    const last = this.#last;
    if (last === undefined) return 'no step was made';
    const { testLoss, testAccuracy, alignment, lambda } = this.#readings;
    const found = Object.entries(this.#found).map(([verdict, count]) => `${verdict} ${count}`);
    const lines = [
      ['training loss', `${shown(last.training.loss)} in ${last.step} steps, ${last.seconds.toFixed(1)} s`],
      [
        'highest',
        `${shown(this.#loss.peak)} at step ${this.#loss.peakStep}, ${shown(this.#loss.growth)} x the least before it`,
      ],
      [
        'spikes',
        `${this.#count.count} above twice the running minimum and back; the detector: ${found.join(', ') || 'none'}`,
      ],
      ['test loss', shown(testLoss)],
      ...(testAccuracy === null ? [] : [['test error', shown(1 - testAccuracy)]]),
      ...(alignment === null ? [] : [['AGOP alignment', shown(alignment)]]),
      ['lambda_max(K)/n', `${shown(this.#lambda.start)} -> ${shown(lambda)} (least ${shown(this.#lambda.least)})`],
    ];
    return lines.map(([label, text]) => `${label!.padEnd(15)} ${text}`).join('\n');
  }
}

function shown(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(4)));
}
