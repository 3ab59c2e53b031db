import { toWire } from '../../src/formats/webSocket/protocol.ts';

/**
 * The last report on each subject, in the order in which the reports came. A reader keeps its place as a
 * number: what it has not read is `after(place)`, where a report that has been overtaken no longer appears.
 */
export class ReportLog {
  /** Reports as JSON, written once for all readers; undefined where overtaken. */
  readonly #reports: (string | undefined)[] = [];
  readonly #placeOf = new Map<string, number>();

  /** The place behind the last report. */
  get end(): number {
    return this.#reports.length;
  }

  /** Records a report, in place of an earlier one with the same key. */
  record(key: string, report: object): void {
    const earlier = this.#placeOf.get(key);
    if (earlier !== undefined) this.#reports[earlier] = undefined;
    this.#placeOf.set(key, this.#reports.length);
    this.#reports.push(JSON.stringify(report, plain));
  }

  /** JSON of the reports from a place on, at least one and then as many as `bytes` allow, and the place behind them. */
  after(place: number, bytes: number): { readonly reports: readonly string[]; readonly place: number } {
    const reports: string[] = [];
    let length = 0;
    let next = place;
    while (next < this.#reports.length && (reports.length === 0 || length < bytes)) {
      const report = this.#reports[next++];
      if (report === undefined) continue;
      reports.push(report);
      length += report.length;
    }
    return { reports, place: next };
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return toWire(value);
  return typeof value === 'bigint' ? Number(value) : value;
}
