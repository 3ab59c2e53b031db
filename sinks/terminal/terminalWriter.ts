import type { Json, Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { Ending, Writer } from '../sink.ts';
import { eventLine } from './eventLine.ts';
import { Pace } from './pace.ts';
import { printable, type Screen } from './screen.ts';
import { clockTime } from './shortNumber.ts';
import { type Status, statusLine } from './statusLine.ts';
import { WatchedEvents } from './watchedEvents.ts';
import { WatchedTransition } from './watchedTransition.ts';
import { WatchedValues } from './watchedValues.ts';

/** Keeps what is to be shown, and decides when to show it. */
export class TerminalWriter implements Writer<Row> {
  readonly #screen: Screen;
  readonly #clock: () => number;
  readonly #every: number;
  readonly #pace = new Pace();
  #name = '';
  #total: number | undefined;
  #values: WatchedValues | undefined;
  #events: WatchedEvents | undefined;
  #transition = new WatchedTransition();
  #rows = 0;
  #step = 0;
  #begun = 0;
  #shown = 0;

  constructor(screen: Screen, clock: () => number, every: number = screen.live ? 100 : 5000) {
    this.#screen = screen;
    this.#clock = clock;
    this.#every = every;
  }

  begin(run: Run): void {
    this.#name = printable(run.name).slice(0, 30);
    this.#total = stepCount(run.metadata.expectedSteps) ?? stepCount(run.metadata.steps);
    this.#values = new WatchedValues(run.columns);
    this.#events = new WatchedEvents(run.columns);
    this.#transition = new WatchedTransition();
    this.#begun = this.#clock();
    this.#shown = this.#screen.live ? Number.NEGATIVE_INFINITY : this.#begun;
    // The clock starts with the first row, so that one does not count.
    this.#pace.read(1, this.#begun);
  }

  write(row: Row): void {
    this.#rows++;
    this.#step = row.step;
    this.#values!.read(row);
    this.#transition.read(row);
    const events = this.#events!.read(row);
    if (events !== undefined) for (const event of events) this.#screen.print(eventLine(event, this.#screen));
    const now = this.#clock();
    if (now - this.#shown >= this.#every || (events !== undefined && this.#screen.live)) this.#show(now);
  }

  finish(ending: Ending): void {
    if (this.#values === undefined) return;
    const seconds = (this.#clock() - this.#begun) / 1000;
    this.#total = undefined;
    const how = { complete: 'done', error: 'ended by an error', unsubscribed: 'stopped' }[ending.kind];
    const time = seconds < 60 ? `${seconds.toFixed(1)} s` : clockTime(seconds);
    // A line that stays may wrap, so nothing is left out of it.
    const overall = seconds > 0 && this.#rows > 1 ? (this.#rows - 1) / seconds : undefined;
    this.#screen.print(`${statusLine(this.#status(overall), this.#screen, false)}  ${how} in ${time}`);
  }

  #show(now: number): void {
    this.#pace.read(this.#rows, now);
    const { perSecond } = this.#pace;
    // A run that takes longer than expected goes on without a bar.
    if (this.#total !== undefined && this.#step >= this.#total) this.#total = undefined;
    const left = this.#total === undefined ? 0 : this.#total - this.#step;
    const secondsLeft = perSecond && left > 0 ? left / perSecond : undefined;
    const line = statusLine({ ...this.#status(perSecond), secondsLeft }, this.#screen, this.#screen.live);
    if (this.#screen.live) this.#screen.draw(line);
    else this.#screen.print(line);
    this.#shown = now;
  }

  #status(perSecond: number | undefined): Status {
    return {
      name: this.#name,
      steps: this.#step,
      total: this.#total,
      perSecond,
      secondsLeft: undefined,
      values: this.#values!.values,
      transition: this.#transition.state,
      catapults: this.#events!.catapults,
      otherEvents: this.#events!.others,
      watchesCatapults: this.#events!.anyCatapults,
    };
  }
}

function stepCount(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined;
}
