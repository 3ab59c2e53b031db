import type { Subscriber } from 'rxjs';
import type { ClientMessage, Gap, Hello, RowsFollow, RunListing } from '../../formats/webSocket/protocol.ts';
import { Run } from '../../run.ts';
import type { ArrowFrames } from './arrowFrames.ts';
import { type FrameColumns, FrameRows } from './frameRows.ts';
import type { MessageOptions, RunMessage } from './runMessage.ts';
import { readServerMessage, UnreadableFrame } from './serverMessage.ts';

interface PlaceInRun {
  readonly id: string;
  readonly rowsOf: FrameRows;
  rows: number;
}

/** Follows one run through the frames of one connection after another, and keeps the place in it. */
export class RunReader {
  readonly #options: MessageOptions;
  readonly #to: Pick<Subscriber<RunMessage>, 'next' | 'closed'>;
  readonly #say: (message: ClientMessage) => void;
  #place: PlaceInRun | undefined;
  /** The run that was asked for, once it is known. */
  #chosen: string | undefined;
  #Arrow: typeof ArrowFrames | undefined;
  #frames: ArrowFrames | undefined;
  /** What the next binary frame is. */
  #awaited: 'schema' | RowsFollow | undefined;

  constructor(
    options: MessageOptions,
    to: Pick<Subscriber<RunMessage>, 'next' | 'closed'>,
    say: (message: ClientMessage) => void,
  ) {
    this.#options = options;
    this.#to = to;
    this.#say = say;
  }

  get #stays(): boolean {
    return this.#options.stay === true || this.#options.run !== undefined;
  }

  /** The parameters of the address to connect to, from where the reader is. */
  asks(): [string, string][] {
    const asked: [string, string][] = [];
    if (this.#stays) asked.push(['follow', 'none']);
    if (this.#options.every) asked.push(['missed', 'every']);
    if (this.#place !== undefined) asked.push(['at', `${this.#place.id}:${this.#place.rows}`]);
    return asked;
  }

  /** To be awaited before each connection. */
  async ready(): Promise<void> {
    this.#awaited = undefined;
    if (this.#place === undefined) this.#chosen = undefined;
    // Loaded only when it is wanted: a page that takes JSON does not carry Arrow.
    if (this.#options.encoding === 'arrow') this.#Arrow ??= (await import('./arrowFrames.ts')).ArrowFrames;
  }

  /**
   * Takes a frame.
   * @throws {UnreadableFrame} when the protocol does not have it
   * @throws {Error} when the run asked for is not there
   */
  take(data: string | ArrayBuffer): void {
    if (typeof data !== 'string') {
      this.#takeBinary(new Uint8Array(data));
      return;
    }
    const message = readServerMessage(data);
    switch (message?.type) {
      case 'hello':
        this.#begin(message);
        return;
      case 'schema':
        this.#awaited = 'schema';
        return;
      case 'rows':
        this.#checkPlace(message.run, message.from);
        if (this.#Arrow !== undefined) this.#awaited = message;
        else this.#takeRows(message.count, message.columns ?? {});
        return;
      case 'gap':
        this.#skip(message);
        return;
      case 'events':
        for (const report of message.events) this.#to.next({ kind: 'event', report });
        return;
      case 'status':
        this.#to.next({ kind: 'status', state: message.state, message: message.message });
        return;
      case 'runs':
        this.#to.next({ kind: 'runs', runs: message.runs });
        this.#choose(message.runs);
        return;
      case 'dropped':
        throw new Error(`the run ${this.#options.run ?? message.run} is there no longer: ${message.reason}`);
    }
  }

  #choose(runs: readonly RunListing[]): void {
    if (!this.#stays || this.#chosen !== undefined) return;
    const { run: wanted } = this.#options;
    const there = runs.filter(({ state }) => state !== 'dropped');
    const found = there.findLast(({ run, name }) => wanted === undefined || run === wanted || name === wanted);
    if (found === undefined) {
      // Without a wish, whatever begins first will do.
      if (wanted === undefined) return;
      const names = there.map(({ name }) => name).join(', ');
      throw new Error(`no run '${wanted}': expected ${names === '' ? 'one that has begun, and none has' : names}`);
    }
    this.#chosen = found.run;
    this.#say({ type: 'subscribe', run: found.run });
  }

  #begin({ run: id, name, columns, metadata, rows, from }: Hello): void {
    if (this.#place?.id === id && this.#place.rows === from) return;
    if (from !== 0) throw new UnreadableFrame(`it begins with row ${from}`);
    const run = new Run(name, columns, metadata);
    this.#place = { id, rowsOf: new FrameRows(run), rows: 0 };
    this.#to.next({ kind: 'run', run, rows });
  }

  #checkPlace(run: string, from: number): PlaceInRun {
    const place = this.#place;
    if (place === undefined || run !== place.id || from !== place.rows) {
      throw new UnreadableFrame(`it sent row ${from}: expected row ${place?.rows ?? 0}`);
    }
    return place;
  }

  #skip(gap: Gap): void {
    this.#checkPlace(gap.run, gap.from).rows = gap.to;
    this.#to.next({ kind: 'gap', gap });
  }

  #takeRows(count: number, columns: FrameColumns): void {
    const place = this.#place!;
    for (const row of place.rowsOf.of(count, columns)) {
      if (this.#to.closed) return;
      this.#to.next({ kind: 'row', row });
      place.rows++;
    }
  }

  #takeBinary(frame: Uint8Array<ArrayBuffer>): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    if (this.#Arrow === undefined || awaited === undefined) throw new UnreadableFrame('an unannounced binary frame');
    if (awaited === 'schema') this.#frames = new this.#Arrow(frame);
    else if (this.#frames === undefined) throw new UnreadableFrame('rows before their schema');
    else this.#takeRows(awaited.count, this.#frames.rows(frame, awaited.count));
  }
}
