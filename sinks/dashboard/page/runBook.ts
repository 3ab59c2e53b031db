import type { ClientMessage, Hello, RunListing, Runs } from '../../../src/formats/webSocket/protocol.ts';
import type { Place } from './connection.ts';
import type { LiveMessage } from './liveFrames.ts';
import { RunRecord } from './runRecord.ts';

/** A run that the page knows of, here or on the server. */
export interface BookedRun {
  readonly run: string;
  readonly name: string;
  readonly state: RunListing['state'];
  readonly rows: number;
  readonly shown: boolean;
  /** What is here of it. */
  readonly record: RunRecord | undefined;
  /** Whether it was read from a file. */
  readonly file: boolean;
}

interface Wiring {
  readonly send: (message: ClientMessage) => void;
  /** Other runs are shown than before, or the list is another. */
  readonly changed: () => void;
  readonly say: (text: string) => void;
}

/** The runs: those on the server, those from files, and which of them are shown. */
export class RunBook {
  readonly #wiring: Wiring;
  readonly #listings = new Map<string, RunListing>();
  readonly #records = new Map<string, RunRecord>();
  readonly #files = new Set<string>();
  /** The ids of the runs on the page, the one whose events are told first. */
  #shown: readonly string[] = [];
  /** Whether whichever run begins last is shown. */
  following = true;
  /** Runs of an address that somebody shared, until they are found. */
  #wished: ReadonlySet<string>;
  /** Whether this connection has told which runs there are. */
  #listed = false;
  /** Runs that were interrupted and have not gone on. */
  #awaited = new Set<string>();

  constructor(wiring: Wiring, wished: readonly string[]) {
    this.#wiring = wiring;
    this.#wished = new Set(wished);
  }

  get shown(): readonly string[] {
    return this.#shown;
  }

  /** The records of the runs that are shown, as far as they have begun to come. */
  get records(): readonly RunRecord[] {
    return this.#shown.flatMap((run) => this.#records.get(run) ?? []);
  }

  get all(): readonly BookedRun[] {
    const files = [...this.#files].map((run) => ({ run, ...this.#ofRecord(this.#records.get(run)!), file: true }));
    const live = [...this.#listings.values()].map(({ run, name, state, rows }) => {
      const record = this.#records.get(run);
      // The list says only how many rows there were when it was sent.
      const known = Math.max(rows, record?.rows ?? 0);
      return {
        run,
        name,
        state: record?.state === 'failed' ? 'failed' : state,
        rows: known,
        record,
        file: false,
      } as const;
    });
    return [...live, ...files].map((run) => ({ ...run, shown: this.#shown.includes(run.run) }));
  }

  #ofRecord(record: RunRecord) {
    return { name: record.hello.name, state: 'complete' as const, rows: record.rows, record };
  }

  /** Where a connection that is about to be made goes on. */
  connecting(): readonly Place[] {
    this.#listed = false;
    const places = this.#shown
      .filter((run) => !this.#files.has(run))
      .map((run) => ({ run, rows: this.#records.get(run)?.rows ?? 0 }));
    this.#awaited = new Set(places.filter(({ rows }) => rows > 0).map(({ run }) => run));
    return places;
  }

  /** Shows these runs, the first as the one whose events are told. */
  show(runs: readonly string[], following = false): void {
    this.following = following;
    const before = this.#shown;
    this.#shown = [...new Set(runs)];
    for (const run of before) {
      if (!this.#shown.includes(run) && !this.#files.has(run)) this.#wiring.send({ type: 'unsubscribe', run });
    }
    for (const run of this.#shown) {
      if (before.includes(run) || this.#files.has(run)) continue;
      this.#wiring.send({ type: 'subscribe', run, from: this.#records.get(run)?.rows ?? 0 });
    }
    this.#wiring.changed();
  }

  /** Takes a run in that was read from a file, beside those that are shown from files already. */
  addFile(record: RunRecord): void {
    const { run } = record.hello;
    this.#records.set(run, record);
    this.#files.add(run);
    const others = this.#shown.filter((id) => this.#files.has(id) && id !== run);
    this.show([run, ...others]);
  }

  /** What of a message concerns the runs. */
  take(message: LiveMessage): void {
    if (message.type === 'runs') this.#takeList(message);
    else if (message.type === 'hello') this.#takeHello(message);
    else if (message.type === 'dropped') this.#drop(message.run, message.reason);
    else if (message.type === 'status' && message.run !== null) {
      const record = this.#records.get(message.run);
      if (record === undefined) return;
      record.state = message.state;
      record.message = message.message;
    } else if (message.type === 'rows') this.#records.get(message.run)?.takeRows(message);
    else if (message.type === 'gap') this.#records.get(message.run)?.takeGap(message);
    else if (message.type === 'events') this.#records.get(message.run)?.takeEvents(message);
  }

  #takeList({ runs }: Runs): void {
    // The first list of a connection has all there is.
    if (!this.#listed) this.#listings.clear();
    this.#listed = true;
    for (const listing of runs) {
      if (listing.state === 'dropped') this.#listings.delete(listing.run);
      else this.#listings.set(listing.run, listing);
    }
    const wished = [...this.#listings.keys()].filter((run) => this.#wished.has(run));
    const latest = [...this.#listings.keys()].at(-1);
    if (wished.length > 0) {
      this.#wished = new Set();
      this.show(wished);
    } else if (this.following && latest !== undefined && this.#shown[0] !== latest) this.show([latest], true);
    this.#wiring.changed();
  }

  #takeHello(hello: Hello): void {
    const record = this.#records.get(hello.run);
    if (record !== undefined && hello.from === record.rows && hello.from > 0) {
      if (this.#awaited.delete(hello.run) && record.state === 'running')
        this.#wiring.say(`Connected again: going on from row ${hello.from}.`);
      return;
    }
    this.#records.set(hello.run, new RunRecord(hello));
    this.#wiring.changed();
  }

  #drop(run: string, reason: string): void {
    this.#listings.delete(run);
    if (!this.#shown.includes(run)) return;
    const record = this.#records.get(run);
    // What has come of it can still be looked at, unless something newer takes its place.
    if (record !== undefined && !this.following) record.message = reason;
    else this.#shown = this.#shown.filter((id) => id !== run);
    this.#wiring.changed();
  }
}
