import { randomBytes } from 'node:crypto';
import type { Subject } from 'rxjs';
import type { ControlMessage } from '../training/control.ts';

/** What a visitor with the control token may do to the run of a command. */
export class PageControl {
  readonly token: string;
  readonly #control$: Subject<ControlMessage>;
  readonly #savable: boolean;
  /** Undefined until it is known what run this is. */
  accepts: readonly ControlMessage['type'][] | undefined;

  /**
   * @param token what a visitor must bring; default: made up for this run
   * @param savable whether the run has a place for checkpoints
   */
  constructor(control$: Subject<ControlMessage>, token: string | undefined, savable: boolean) {
    this.#control$ = control$;
    this.token = token ?? randomBytes(12).toString('hex');
    this.#savable = savable;
  }

  /** @throws {Error} for what this run cannot do, so that the visitor is told and the run goes on. */
  next(message: ControlMessage): void {
    if (this.accepts !== undefined && !this.accepts.includes(message.type))
      throw new Error(`this run takes no ${message.type}: it is only watched`);
    if (message.type === 'checkpoint' && !this.#savable)
      throw new Error('this run has no place for checkpoints: expected it to be started with --checkpoint-every');
    this.#control$.next(message);
  }
}
