import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WebSocket } from 'ws';
import { eventGroups } from '../../src/columns.ts';
import type {
  Answer,
  Dropped,
  Gap,
  Hello,
  RunListing,
  ServerMessage,
  WireValue,
} from '../../src/formats/webSocket/protocol.ts';
import { Run } from '../../src/run.ts';

/** A client as a reader of PROTOCOL.md would write it. */
export class Client {
  socket: WebSocket;
  run: string | undefined;
  hello: Hello | undefined;
  rows = 0;
  columns: Record<string, WireValue[]> = {};
  events = new Map<string, Record<string, unknown>>();
  state = '';
  message: string | undefined;
  closed: Promise<{ code: number; reason: string }>;
  mistakes: string[] = [];
  gaps: Gap[] = [];
  runs = new Map<string, RunListing>();
  dropped: Dropped[] = [];
  answers: Answer[] = [];
  readonly #url: string;
  readonly #protocols: string[];

  constructor(url: string, protocols: string[] = ['onager.json.v1'], wishes = '') {
    this.#url = `${url}${wishes}`;
    this.#protocols = protocols;
    [this.socket, this.closed] = this.#connect();
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  reconnect(): void {
    [this.socket, this.closed] = this.#connect();
  }

  async drop(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }

  /** Settles when the condition holds; looks after each message and now and then. */
  async until(condition: () => boolean, limit = 10_000): Promise<void> {
    const until = Date.now() + limit;
    while (!condition()) {
      if (Date.now() > until) throw new Error(`waited ${limit} ms in vain; ${this.rows} rows, ${this.state}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #connect(): [WebSocket, Promise<{ code: number; reason: string }>] {
    const url = new URL(this.#url.replace(/^http/, 'ws'));
    if (this.run !== undefined) {
      url.searchParams.set('run', this.run);
      url.searchParams.set('from', String(this.rows));
    }
    const socket = new WebSocket(url, this.#protocols);
    socket.on('message', (data) => {
      if (socket === this.socket) this.#take(JSON.parse(String(data)) as ServerMessage);
    });
    socket.on('error', () => {});
    const closed = new Promise<{ code: number; reason: string }>((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
    return [socket, closed];
  }

  #take(message: ServerMessage): void {
    if (message.type === 'hello') {
      this.hello = message;
      if (message.run !== this.run || message.from === 0) {
        this.run = message.run;
        this.rows = 0;
        this.columns = {};
        this.events.clear();
        this.gaps = [];
      }
      if (message.from !== this.rows) this.mistakes.push(`hello from ${message.from}, had ${this.rows}`);
    } else if (message.type === 'rows') {
      if (message.from !== this.rows) this.mistakes.push(`rows from ${message.from}, had ${this.rows}`);
      for (const [key, values] of Object.entries(message.columns)) {
        if (values.length !== message.count) this.mistakes.push(`${values.length} of ${message.count} values`);
        this.columns[key] ??= Array(this.rows).fill(null);
        this.columns[key].push(...values);
      }
      this.rows += message.count;
      for (const values of Object.values(this.columns)) while (values.length < this.rows) values.push(null);
    } else if (message.type === 'events') {
      for (const { group, begin, event } of message.events) this.events.set(`${group} ${begin}`, event);
    } else if (message.type === 'status') {
      this.state = message.state;
      this.message = message.message;
    } else if (message.type === 'gap') this.#leap(message);
    else if (message.type === 'runs') for (const listing of message.runs) this.runs.set(listing.run, listing);
    else if (message.type === 'dropped') this.dropped.push(message);
    else if (message.type === 'answer') this.answers.push(message);
  }

  /** What does not come one by one counts as null. */
  #leap(gap: Gap): void {
    if (gap.from !== this.rows) this.mistakes.push(`gap from ${gap.from}, had ${this.rows}`);
    this.gaps.push(gap);
    this.rows = gap.to;
    for (const values of Object.values(this.columns)) while (values.length < this.rows) values.push(null);
  }
}

/** A run with a column of each kind and a group of events. */
export function sampleRun(name = 'sample'): Run {
  const run = new Run(
    name,
    [
      { name: 'step', type: 'int32', unit: 'steps', meaning: 'updates before this row' },
      { name: 'loss', type: 'float64', unit: 'loss', meaning: 'loss', axis: 'log' },
      { name: 'note', type: 'utf8', unit: '1', meaning: 'a remark', nullable: true },
      {
        name: 'kernel',
        meaning: 'a group that is not always there',
        columns: [
          { name: 'lambda', type: 'float64', unit: 'eigenvalue', meaning: 'the largest', nullable: true },
          { name: 'fresh', type: 'bool', unit: '1', meaning: 'whether it is new', nullable: true },
        ],
      },
      { name: 'spikes', meaning: 'rises', role: 'event', nullable: true, columns: [] },
    ],
    { seed: 1 },
  );
  if (eventGroups(run.columns).length !== 1) throw new Error('the sample has lost its events');
  return run;
}

/** What is to be left of rows `from` to `to - 1`: min, its row, max, its row, marks. Written to be slow and plain. */
export function bucketOf(values: readonly (number | null)[], from: number, to: number) {
  const there = values.slice(from, to).map((value, index) => ({ value, row: from + index }));
  const finite = there.filter((each): each is { value: number; row: number } => Number.isFinite(each.value));
  const low = finite.reduce<(typeof finite)[0] | undefined>((a, b) => (a && a.value <= b.value ? a : b), undefined);
  const high = finite.reduce<(typeof finite)[0] | undefined>((a, b) => (a && a.value >= b.value ? a : b), undefined);
  const has = (wanted: number) => there.some(({ value }) => Object.is(value, wanted));
  const marks =
    (has(Number.NaN) ? 1 : 0) + (has(Number.POSITIVE_INFINITY) ? 2 : 0) + (has(Number.NEGATIVE_INFINITY) ? 4 : 0);
  return [low?.value ?? null, low?.row ?? null, high?.value ?? null, high?.row ?? null, marks];
}

/** Frees what nobody needs any more, so that memory in use can be told. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
