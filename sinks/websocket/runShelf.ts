import type { RunListing } from '../../src/formats/webSocket/protocol.ts';
import type { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { FrameMemory } from './frameMemory.ts';
import { ReportLog } from './reportLog.ts';
import { RunFrames } from './runFrames.ts';
import { RunHistory } from './runHistory.ts';

/** What takes the control messages of a run: the `control$` given to `train`, a `Subject` for instance. */
export interface Controlled {
  next(message: ControlMessage): void;
}

export interface ShelvedRun {
  readonly frames: RunFrames;
  readonly history: RunHistory;
  readonly control$: Controlled | undefined;
}

/** Runs beyond this many are let go, however small. */
const MOST_RUNS = 1000;

/** The runs of a server, oldest first. Where memory runs short, those that ended are let go, oldest first. */
export class RunShelf {
  /** What has become of which run, for clients that were told of the rest. */
  readonly changes = new ReportLog();
  readonly #runs = new Map<string, ShelvedRun>();
  readonly #memory = new FrameMemory();
  readonly #historyBytes: number;
  readonly #memoryBytes: number;
  readonly #onDrop: (run: string) => void;

  /**
   * @param historyBytes bytes of rows a run, see {@link RunHistory}
   * @param memoryBytes bytes of rows of all runs together
   * @param onDrop called for each run that is let go
   */
  constructor(historyBytes: number, memoryBytes: number, onDrop: (run: string) => void) {
    this.#historyBytes = historyBytes;
    this.#memoryBytes = memoryBytes;
    this.#onDrop = onDrop;
  }

  get(run: string): ShelvedRun | undefined {
    return this.#runs.get(run);
  }

  all(): readonly ShelvedRun[] {
    return [...this.#runs.values()];
  }

  /** The run that began last. */
  get latest(): ShelvedRun | undefined {
    return this.all().at(-1);
  }

  /** Whether a run goes on. */
  get running(): boolean {
    for (const { history } of this.#runs.values()) if (!history.ended) return true;
    return false;
  }

  listings(): RunListing[] {
    return this.all().map(({ history }) => history.listing());
  }

  begin(run: Run, control$: Controlled | undefined): ShelvedRun {
    const history = new RunHistory(run, this.#historyBytes);
    const shelved = { history, frames: new RunFrames(history, this.#memory), control$ };
    this.#runs.set(history.id, shelved);
    this.changes.record(history.id, history.listing());
    this.#makeRoom();
    return shelved;
  }

  append({ history }: ShelvedRun, row: Row): void {
    if (history.append(row)) this.#makeRoom();
  }

  end({ history }: ShelvedRun, state: 'complete' | 'failed' | 'stopped', message?: string): void {
    history.end(state, message);
    this.changes.record(history.id, history.listing());
  }

  #makeRoom(): void {
    let bytes = 0;
    for (const { history } of this.#runs.values()) bytes += history.bytes;
    for (const { history } of this.all().slice(0, -1)) {
      if (bytes <= this.#memoryBytes && this.#runs.size <= MOST_RUNS) return;
      if (!history.ended) continue;
      bytes -= history.bytes;
      this.#runs.delete(history.id);
      this.changes.record(history.id, { ...history.listing(), state: 'dropped' });
      this.#onDrop(history.id);
    }
  }
}
