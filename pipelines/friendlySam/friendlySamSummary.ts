import type { Json } from '../../src/run.ts';
import { mean } from '../../src/statistics/mean.ts';
import type { Summary } from '../pipeline.ts';
import type { FriendlySamRow } from './friendlySam.ts';
import type { FriendlySamMethod } from './friendlySamSettings.ts';

const traced = ['batchCosine', 'noiseShare', 'averageCosine', 'friendlyCosine', 'sharpness'] as const;
type Traced = (typeof traced)[number];

/** A measurement of something along the run. */
interface Point {
  readonly step: number;
  readonly value: number;
}

type Evaluated = Readonly<Record<'trainPercent' | 'testPercent' | 'trainLoss' | 'testLoss', number>>;

/** What a run of the friendly-sam pipeline came to: accuracies in per cent, and the trajectory by quarters of the run. */
export class FriendlySamSummary implements Summary<FriendlySamRow> {
  readonly #method: FriendlySamMethod;
  readonly #steps: number;
  #trajectory: Record<Traced, Point[]> = emptyTrajectory();
  #evaluated: Evaluated | null = null;
  #last: FriendlySamRow | undefined;

  constructor(method: FriendlySamMethod, steps: number) {
    this.#method = method;
    this.#steps = steps;
  }

  push(row: FriendlySamRow): void {
    if (this.#last === undefined) {
      const memory = {
        save: () => structuredClone({ trajectory: plain(this.#trajectory), evaluated: this.#evaluated }),
        restore: (saved: { trajectory: Record<Traced, Point[]>; evaluated: Evaluated | null }) => {
          this.#trajectory = structuredClone(saved.trajectory);
          this.#evaluated = saved.evaluated;
        },
      };
      row.run.keep('summary', memory, false);
    }
    this.#last = row;
    const { trainLoss, testLoss, trainAccuracy, testAccuracy } = row.evaluation;
    if (trainLoss !== null && testLoss !== null) {
      const percent = (share: number | null) => 100 * (share ?? Number.NaN);
      this.#evaluated = {
        trainPercent: percent(trainAccuracy),
        testPercent: percent(testAccuracy),
        trainLoss,
        testLoss,
      };
    }
    const { friendlyDirections, sharpness } = row;
    const readings = { ...friendlyDirections, sharpness: sharpness?.worstRise };
    for (const name of traced) {
      const value = readings[name] ?? null;
      if (value !== null) this.#trajectory[name].push({ step: row.step, value });
    }
  }

  result(): { readonly [key: string]: Json } {
    const last = this.#last;
    if (last === undefined) return { steps: 0 };
    const diverged = !Number.isFinite(last.loss);
    const evaluated = this.#evaluated;
    return {
      run: last.run.name,
      method: this.#method,
      steps: last.step,
      seconds: last.seconds,
      backend: last.run.metadata.backend ?? null,
      ...(evaluated === null ? {} : evaluated),
      ...(diverged ? { testPercent: Number.NaN, trainPercent: Number.NaN } : {}),
      diverged: diverged ? 1 : 0,
      ...this.#quarters(),
    };
  }

  /** Of each quantity the mean over each quarter of the run, and the first and the last value. */
  #quarters(): { readonly [key: string]: Json } {
    return Object.fromEntries(
      traced
        .filter((name) => this.#trajectory[name].length > 0)
        .map((name) => {
          const points = this.#trajectory[name];
          const quarters = [0, 1, 2, 3].flatMap((quarter): [string, number][] => {
            const values = points
              .filter(({ step }) => Math.min(3, Math.floor((4 * step) / this.#steps)) === quarter)
              .map(({ value }) => value);
            return values.length === 0 ? [] : [[`quarter${quarter + 1}`, mean(values)]];
          });
          return [name, { first: points[0]!.value, ...Object.fromEntries(quarters), last: points.at(-1)!.value }];
        }),
    );
  }

  text(): string {
    const result = this.result();
    if (result.steps === 0 || this.#evaluated === null) return 'no step was made';
    const { trainPercent, testPercent, trainLoss, testLoss } = this.#evaluated;
    const lines = [
      ['method', `${this.#method}, ${result.steps} steps, ${(result.seconds as number).toFixed(1)} s`],
      ['test images', `${testPercent.toFixed(2)} % classified rightly, loss ${shown(testLoss)}`],
      ['training images', `${trainPercent.toFixed(2)} % by their classes, wrong ones too, loss ${shown(trainLoss)}`],
      ...Object.entries(this.#quarters()).map(([name, values]) => [
        titles[name as Traced],
        Object.values(values as Record<string, number>)
          .slice(1, -1)
          .map(shown)
          .join(' -> '),
      ]),
    ];
    return lines.map(([label, text]) => `${label!.padEnd(22)} ${text}`).join('\n');
  }
}

/** Beside the means over the quarters of the run. */
const titles: Readonly<Record<Traced, string>> = {
  batchCosine: 'cos(batch, full)',
  noiseShare: 'share of noise',
  averageCosine: 'cos(average, full)',
  friendlyCosine: 'cos(friendly, full)',
  sharpness: 'sharpness',
};

function emptyTrajectory(): Record<Traced, Point[]> {
  return { batchCosine: [], noiseShare: [], averageCosine: [], friendlyCosine: [], sharpness: [] };
}

function plain(trajectory: Record<Traced, Point[]>): { readonly [name: string]: { step: number; value: number }[] } {
  return Object.fromEntries(traced.map((name) => [name, trajectory[name].map((point) => ({ ...point }))]));
}

function shown(value: number): string {
  return String(Number(value.toPrecision(3)));
}
