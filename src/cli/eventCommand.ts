import { type ChildProcess, spawn } from 'node:child_process';
import type { SpikeEvent } from '../detectors/spikeEvent.ts';
import type { Row } from '../step.ts';

/** Milliseconds that a command may take. */
const timeLimit = 60_000;
/** Milliseconds that one that was told to end has to do so. */
const lastWords = 2000;

const verdicts = ['catapult', 'bad batch', 'level shift', 'divergence'] as const;
export const eventWords = ['spike', ...verdicts, 'event'] as const;
export type EventWord = (typeof eventWords)[number];

/**
 * Runs a command of the user's for events of the loss, with the report as JSON on its standard input: `spike` when a
 * rise opens, a verdict when it is reached, `event` for every report. One run at a time, and not more often than every
 * so often; of reports that come meanwhile, the last is given to the next run. What the command prints goes to stderr.
 *
 * The command is the user's own words, given to a shell as they are; nothing from a log ever becomes part of it.
 */
export class EventCommand {
  readonly #word: EventWord;
  readonly #command: string;
  readonly #every: number;
  readonly #limit: number;
  readonly #say: (line: string) => void;
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;
  #waiting: SpikeEvent | undefined;
  #timer: NodeJS.Timeout | undefined;
  #begun = Number.NEGATIVE_INFINITY;
  #failed = false;
  #finishing = false;

  /**
   * @param every least milliseconds between two beginnings
   * @param say told what went wrong, once
   * @param limit milliseconds that the command may take
   */
  constructor(word: EventWord, command: string, every: number, say: (line: string) => void, limit = timeLimit) {
    this.#limit = limit;
    this.#word = word;
    this.#command = command;
    this.#every = every;
    this.#say = say;
  }

  push(row: Row): void {
    const { catapults, spikes } = row as Row & Record<'catapults' | 'spikes', { event: SpikeEvent | null } | undefined>;
    const event = (catapults ?? spikes)?.event;
    if (!event || !this.#wants(event)) return;
    this.#waiting = event;
    this.#next();
  }

  /** Runs what waits, and resolves when nothing runs any more: after the time limit at the latest. */
  async finish(): Promise<void> {
    this.#finishing = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
    if (this.#waiting !== undefined) this.#run();
    await this.#running;
  }

  #wants({ state, verdict }: SpikeEvent): boolean {
    if (this.#word === 'event') return true;
    return this.#word === 'spike' ? state === 'open' && verdict === 'undecided' : verdict === this.#word;
  }

  #next(): void {
    if (this.#finishing || this.#waiting === undefined || this.#running !== undefined || this.#timer !== undefined)
      return;
    const left = this.#begun + this.#every - performance.now();
    if (left <= 0) this.#run();
    else
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#next();
      }, left);
  }

  #run(): void {
    const event = this.#waiting!;
    this.#waiting = undefined;
    this.#begun = performance.now();
    this.#running = this.#spawn(`${JSON.stringify(event)}\n`).then((failure) => {
      this.#running = undefined;
      if (failure !== undefined && !this.#failed) {
        this.#failed = true;
        this.#say(`--on ${this.#word}: the command ${failure} (said once)`);
      }
      // At the end of the stream `finish` looks at what is left.
      if (this.#timer === undefined) this.#next();
    });
  }

  /** Resolves to what went wrong, if anything. */
  #spawn(input: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      // A group of its own, so that what the shell has started can be ended as well.
      const child = spawn(this.#command, {
        shell: true,
        detached: process.platform !== 'win32',
        stdio: ['pipe', process.stderr, process.stderr],
      });
      this.#child = child;
      let late = false;
      const killer = setTimeout(() => {
        late = true;
        this.#kill('SIGTERM');
        setTimeout(() => this.#kill('SIGKILL'), lastWords).unref();
      }, this.#limit);
      const done = (failure: string | undefined) => {
        clearTimeout(killer);
        if (this.#child === child) this.#child = undefined;
        resolve(failure);
      };
      child.on('error', (error) => done(`could not be started: ${error.message}`));
      child.on('exit', (code, signal) => {
        if (late) done(`took longer than ${this.#limit / 1000} s and was ended`);
        else done(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`);
      });
      // A command need not read its input.
      child.stdin!.on('error', () => {});
      child.stdin!.end(input);
    });
  }

  #kill(signal: NodeJS.Signals): void {
    const child = this.#child;
    if (child?.pid === undefined) return;
    try {
      if (process.platform === 'win32') child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // It has just ended.
    }
  }
}
