import { availableParallelism } from 'node:os';
import { printable, Screen, type TerminalStream } from '../../sinks/terminal/screen.ts';
import { clockTime } from '../../sinks/terminal/shortNumber.ts';
import type { SweepEvent } from './sweep.ts';
import { SweepForecast } from './sweepForecast.ts';

export interface SweepProgressOptions {
  /** Runs in all. */
  readonly runs: number;
  /** Those of them that are known from an earlier sweep. */
  readonly reused: number;
  readonly workers?: number | undefined;
  /** Milliseconds, from any origin. Default `performance.now`. */
  readonly clock?: () => number;
}

/**
 * One line that changes, and a line for good for each run that fails. Without a terminal: a plain line when a run ends,
 * every five seconds at most, and once a minute.
 *
 * `sweep ━━━━━━━━────── 4/9  44%  2 running  0:12 left  1 failed`
 */
export class SweepProgress {
  readonly #screen: Screen;
  readonly #clock: () => number;
  readonly #options: SweepProgressOptions;
  readonly #forecast: SweepForecast;
  readonly #timer: NodeJS.Timeout | undefined;
  #shown: number;
  #printed = '';

  constructor(stream: TerminalStream, options: SweepProgressOptions) {
    const { runs, reused, workers = availableParallelism(), clock = () => performance.now() } = options;
    this.#screen = new Screen(stream);
    this.#options = options;
    this.#clock = clock;
    this.#shown = this.#screen.live ? Number.NEGATIVE_INFINITY : clock();
    this.#forecast = new SweepForecast(runs - reused, Math.max(1, Math.min(workers, runs - reused)));
    // The clock runs on between two events.
    if (this.#screen.live) this.#timer = setInterval(() => this.#show(0), 500).unref();
  }

  next(event: SweepEvent): void {
    this.#forecast.next(event, this.#clock());
    if (event.kind === 'ended') {
      const { outcome } = event;
      if (outcome.state === 'failed')
        this.#screen.print(
          `${this.#screen.paint('red', 'failed')}  ${printable(outcome.job.name)}: ${printable(outcome.error)}`,
        );
      this.#show(this.#screen.live ? 0 : 5000);
    } else if (event.kind === 'progress') this.#show(this.#screen.live ? 100 : 60_000);
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#printed !== this.#line(false)) this.#print();
  }

  #show(every: number): void {
    const now = this.#clock();
    if (now - this.#shown < every) return;
    this.#shown = now;
    if (this.#screen.live) this.#screen.draw(this.#line(true));
    else this.#print();
  }

  #print(): void {
    this.#printed = this.#line(false);
    this.#screen.print(this.#printed);
  }

  #line(withBar: boolean): string {
    const { runs, reused } = this.#options;
    const { ended, failed, running, share } = this.#forecast;
    const left = ended + reused < runs ? this.#forecast.secondsLeft(this.#clock()) : undefined;
    const whole = (reused + share * (runs - reused)) / runs;
    const text = [
      `${ended + reused}/${runs}  ${Math.floor(100 * whole)}%`,
      ...(running > 0 ? [`${running} running`] : []),
      ...(left === undefined ? [] : [`${clockTime(left)} left`]),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].join('  ');
    const room = Math.min(40, this.#screen.width - text.length - 'sweep  '.length);
    if (!withBar || room < 8) return `sweep ${text}`.slice(0, withBar ? this.#screen.width : undefined);
    const done = Math.floor(room * whole);
    const bar = this.#screen.paint('cyan', '━'.repeat(done)) + this.#screen.paint('dim', '─'.repeat(room - done));
    return `sweep ${bar} ${text}`;
  }
}
