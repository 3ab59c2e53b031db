import { isRunFolder, pathsIn } from '../../formats/arrow/runFolder.ts';
import type { Run } from '../../run.ts';
import type { Row } from '../../step.ts';
import { pause } from '../textLines/followFile.ts';
import { RecordedEvents, withEvents } from './recordedEvents.ts';
import { RecordedRun } from './recordedRun.ts';
import { RecordedTable } from './recordedTable.ts';

/** Thrown where the events of a run that grows are still to come. */
class NotBegun extends Error {}

export interface ReadingOptions {
  /** Columns and groups to leave out. */
  readonly without: readonly string[];
  /** Whether to wait for more at the end of a run that is being written. */
  readonly follow: boolean;
  /** Milliseconds between two looks at it. */
  readonly poll: number;
  readonly signal: AbortSignal;
}

/** The rows of a run in batches, from a file or from the two tables of a folder. */
export class RecordedBatches {
  readonly #path: string;
  readonly #options: ReadingOptions;
  #steps!: RecordedTable;
  #events: RecordedEvents | undefined;
  #recorded!: RecordedRun;

  /** Undefined when nobody listens any more. @throws {Error} when there is no run that can be read. */
  static async open(path: string, options: ReadingOptions): Promise<RecordedBatches | undefined> {
    const batches = new RecordedBatches(path, options);
    return (await batches.#openWhenThere()) ? batches : undefined;
  }

  private constructor(path: string, options: ReadingOptions) {
    this.#path = path;
    this.#options = options;
  }

  has(column: string): boolean {
    return this.#recorded.has(column);
  }

  /** @throws {Error} after the last whole batch, when what follows is damaged. */
  async *rows(): AsyncGenerator<Iterable<Row>> {
    const { follow, poll, signal } = this.#options;
    /** Rows that were delivered, and rows of this file that were passed. */
    let delivered = 0;
    let passed = 0;
    while (!signal.aborted) {
      const block = await this.#steps.next();
      if (block !== undefined) {
        passed += block.rows;
        if (passed <= delivered) continue;
        const first = passed - block.rows;
        const rows = await this.#rowsOf(block, first, passed);
        yield first < delivered ? rest(rows, delivered - first) : rows;
        delivered = passed;
        continue;
      }
      if (await this.#steps.checkEnd()) continue;
      if (this.#steps.ended || !follow) return;
      if (this.#steps.replaced) {
        await this.#openAgain();
        passed = 0;
      } else await pause(poll, signal);
    }
  }

  close(): void {
    this.#steps.close();
    this.#events?.close();
  }

  async #rowsOf(block: Parameters<RecordedRun['rows']>[1], first: number, end: number): Promise<Iterable<Row>> {
    const rows = await this.#recorded.rows(this.#steps.fd, block);
    const events = this.#events;
    if (events === undefined) return rows;
    const places = events.places.filter(({ path }) => this.#recorded.has(path[0]!));
    return withEvents(rows, first, places, await events.of(first, end));
  }

  /** Waits for a run that is followed; false when nobody listens any more. */
  async #openWhenThere(): Promise<boolean> {
    const { follow, poll, signal } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#open();
        return true;
      } catch (error) {
        // It may not have its first row, or both its tables.
        const notYet = error instanceof NotBegun || (error as NodeJS.ErrnoException).code === 'ENOENT';
        if (!follow || !notYet) throw error;
        await pause(poll, signal);
      }
    }
    return false;
  }

  async #open(): Promise<void> {
    const folder = isRunFolder(this.#path) ? pathsIn(this.#path) : undefined;
    const steps = await RecordedTable.open(folder?.steps ?? this.#path);
    let events: RecordedEvents | undefined;
    try {
      events = folder && (await RecordedEvents.open(folder.events));
      // A run that begins puts its steps in place first. Should it be killed between the two, there are older events: of the
      // rows that stayed, and more.
      if (folder && this.#options.follow && !steps.ended && !events?.isOf(steps.schema)) throw new NotBegun();
      this.#recorded = new RecordedRun(steps.schema, this.#options.without, events);
    } catch (error) {
      steps.close();
      events?.close();
      throw error;
    }
    this.#steps = steps;
    this.#events = events;
  }

  /** The run was finished, or taken up again from a checkpoint: its rows so far are the same. */
  async #openAgain(): Promise<void> {
    const [before, steps, events] = [this.#recorded, this.#steps, this.#events];
    if (!(await this.#openWhenThere())) return;
    steps.close();
    events?.close();
    const { run } = this.#recorded;
    if (identity(run) !== identity(before.run))
      throw new Error(`another run, '${run.name}', has taken its place: expected '${before.run.name}' to go on`);
    this.#recorded = before;
  }
}

/** What is the same when a run is taken up again: not the versions, nor how many steps it is to have. */
function identity({ name, columns, metadata: { seed, task, model, optimizer } }: Run): string {
  return JSON.stringify([name, columns, seed, task, model, optimizer]);
}

function* rest(rows: Iterable<Row>, skipped: number): Generator<Row> {
  let index = 0;
  for (const row of rows) if (index++ >= skipped) yield row;
}
