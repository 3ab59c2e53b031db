import type { DenominatorSpread } from '../../src/operators/adaptivityGauge.ts';
import type { Json } from '../../src/run.ts';
import type { Summary } from '../pipeline.ts';
import type { RootFreeRow } from './rootFreeTraining.ts';

/** What the gauge showed at a step. */
interface Reading extends DenominatorSpread {
  readonly step: number;
  readonly layers: { readonly [layer: string]: DenominatorSpread };
}

interface Kept {
  evaluation: { trainLoss: number; testLoss: number; testAccuracy: number } | null;
  /** Half-way, and the last one. */
  middle: Reading | null;
  last: Reading | null;
  spikes: number;
}

/** What a training came to: its accuracy, and how adaptive its method was. */
export class RootFreeSummary implements Summary<RootFreeRow> {
  readonly #steps: number;
  #kept: Kept = { evaluation: null, middle: null, last: null, spikes: 0 };
  #row: RootFreeRow | undefined;

  constructor(steps: number) {
    this.#steps = steps;
  }

  push(row: RootFreeRow): void {
    if (this.#row === undefined) {
      const restore = (kept: Kept) => {
        this.#kept = structuredClone(kept);
      };
      row.run.keep('summary', { save: () => structuredClone(this.#kept) as never, restore }, false);
    }
    this.#row = row;
    const kept = this.#kept;
    if (row.spikes.event?.state === 'closed') kept.spikes++;
    const { trainLoss, testLoss, testAccuracy } = row.evaluation;
    if (trainLoss !== null && testLoss !== null && testAccuracy !== null)
      kept.evaluation = { trainLoss, testLoss, testAccuracy };
    const { p10 = null, p50 = null, p90 = null, layers = null } = row.adaptivityGauge ?? {};
    if (p10 === null || p50 === null || p90 === null || layers === null) return;
    kept.last = { step: row.step, p10, p50, p90, layers };
    if (2 * row.step <= this.#steps || kept.middle === null) kept.middle = kept.last;
  }

  result(): { readonly [key: string]: Json } {
    const row = this.#row;
    if (row === undefined) return { steps: 0 };
    const { evaluation, middle, last, spikes } = this.#kept;
    const failed = !Number.isFinite(row.loss);
    // The accuracy of a network of NaN is that of always saying the first class: no accuracy.
    const { trainLoss, testLoss, testAccuracy } = failed || evaluation === null ? nothing : evaluation;
    return {
      run: row.run.name,
      steps: row.step,
      seconds: row.seconds,
      backend: row.run.metadata.backend ?? null,
      trainLoss,
      testLoss,
      testAccuracy: 100 * testAccuracy,
      spikes,
      failed: failed ? 1 : 0,
      failedAt: failed ? row.step : null,
      ...(middle === null || last === null ? {} : { gauge: { middle: plain(middle), end: plain(last) } }),
    };
  }

  text(): string {
    const row = this.#row;
    if (row === undefined) return 'no step was made';
    const { evaluation, middle, last, spikes } = this.#kept;
    const failed = !Number.isFinite(row.loss);
    const lines = [
      ...(failed
        ? [`failed          the loss was ${row.loss} at step ${row.step}`]
        : [
            `test            ${evaluation === null ? '-' : `${(100 * evaluation.testAccuracy).toFixed(2)} %, loss ${shown(evaluation.testLoss)}; training loss ${shown(evaluation.trainLoss)}`}`,
          ]),
      `trained         ${row.step} steps, ${row.seconds.toFixed(1)} s, ${spikes} spikes`,
    ];
    for (const reading of middle === last ? [last] : [middle, last]) {
      if (reading === null) continue;
      lines.push(
        `gauge at ${String(reading.step).padEnd(6)} p10 ${shown(reading.p10)}  p50 ${shown(reading.p50)}  p90 ${shown(reading.p90)}  p90/p10 ${shown(reading.p90 / reading.p10)}`,
        ...Object.entries(reading.layers).map(
          ([layer, { p10, p90 }]) => `  ${layer.padEnd(13)} p10 ${shown(p10)}  p90 ${shown(p90)}  ${shown(p90 / p10)}`,
        ),
      );
    }
    return lines.join('\n');
  }
}

const nothing = { trainLoss: Number.NaN, testLoss: Number.NaN, testAccuracy: Number.NaN };

function plain({ step, p10, p50, p90, layers }: Reading): Json {
  return {
    step,
    p10,
    p50,
    p90,
    spread: p90 / p10,
    layers: Object.fromEntries(
      Object.entries(layers).map(([name, layer]) => [name, { ...layer, spread: layer.p90 / layer.p10 }]),
    ),
  };
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
