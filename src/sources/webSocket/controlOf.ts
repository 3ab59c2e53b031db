import { CLOSE, type ClientMessage, type RunListing } from '../../formats/webSocket/protocol.ts';
import type { ControlMessage } from '../../training/control.ts';
import { CannotConnectError, openSocket } from './openSocket.ts';
import { readServerMessage } from './serverMessage.ts';

export interface ControlOptions {
  /** The server's control token; never put it in the address, which gets logged. */
  readonly controlToken: string;
  /** What lets a client read, where the server asks for it. */
  readonly token?: string | undefined;
  /** The run to control, by its id or its name; of several with one name, the latest. Default: the latest to begin. */
  readonly run?: string | undefined;
}

/** Thrown when a server does not carry out what was asked, in its words. */
export class ControlRefusedError extends Error {
  /** What was asked, in full. */
  readonly action: ControlMessage;

  constructor(action: ControlMessage, reason: string) {
    super(`${action.type} was refused: ${reason}`);
    this.name = 'ControlRefusedError';
    this.action = action;
  }
}

/** Hands actions to a run on some server. Each settles when the trainer has been told, which acts between two steps. */
export interface RunControl {
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Has the state of the run saved, where it has somewhere to put it. */
  checkpoint(): Promise<void>;
  /** Ends the run after the step in progress. */
  stop(): Promise<void>;
  /** From the next step on, whatever the schedule says. @param value 0 or more */
  setLearningRate(value: number): Promise<void>;
  /** Lets the connection go. What has no answer yet is an error; a later action connects again. */
  close(): void;
}

/**
 * Controls a run that is served somewhere, in Node and in a browser, beside whatever is watched of it:
 *
 * ```ts
 * const control = controlOf('ws://127.0.0.1:4747', { controlToken });
 * await control.setLearningRate(0.1);
 * control.close();
 * ```
 *
 * Connects with the first action, and again with the next one after a connection was lost.
 *
 * @throws {ControlRefusedError} when the server says no: the token is wrong, the run is over or takes no control. As a
 * rejection of the action, like the errors that follow.
 * @throws {CannotConnectError} when the server cannot be reached, does not let us in, has no such run, or is lost before it
 * has answered.
 */
export function controlOf(url: string, options: ControlOptions): RunControl {
  let line: ControlLine | undefined;
  const ask = async (action: ControlMessage) => {
    if (line === undefined || line.closed) line = new ControlLine(url, options);
    await line.ask(action);
  };
  return {
    pause: () => ask({ type: 'pause' }),
    resume: () => ask({ type: 'resume' }),
    checkpoint: () => ask({ type: 'checkpoint' }),
    stop: () => ask({ type: 'stop' }),
    async setLearningRate(value) {
      // The server ends the connection of a client that asks for what cannot be.
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`setLearningRate(${value}): expected a number, 0 or more`);
      }
      await ask({ type: 'setLearningRate', value });
    },
    close: () => line?.close(),
  };
}

interface Asked {
  readonly action: ControlMessage;
  readonly settle: () => void;
  readonly fail: (error: Error) => void;
}

/** One connection, and the actions that have no answer yet. */
class ControlLine {
  readonly #url: string;
  readonly #wanted: string | undefined;
  readonly #asked = new Map<string, Asked>();
  readonly #runs = new Map<string, RunListing>();
  #socket: WebSocket | undefined;
  /** Actions for which the list of runs has not come yet. */
  #waiting: string[] | undefined = [];
  #ids = 0;
  closed = false;

  constructor(url: string, { controlToken, token, run }: ControlOptions) {
    this.#url = url;
    this.#wanted = run;
    openSocket(url, [['follow', 'none']], { token, controlToken }).then(
      (socket) => this.#use(socket),
      (error) => this.#end((error as Error).message),
    );
  }

  ask(action: ControlMessage): Promise<void> {
    return new Promise((settle, fail) => {
      const id = String(this.#ids++);
      this.#asked.set(id, { action, settle, fail });
      if (this.#waiting !== undefined) this.#waiting.push(id);
      else this.#send(id);
    });
  }

  close(): void {
    this.#socket?.close();
    this.#end('it was closed on this side before the server had answered');
  }

  #use(socket: WebSocket): void {
    this.#socket = socket;
    let reason = 'nobody answers there';
    socket.onerror = (event) => {
      reason = (event as unknown as { message?: string }).message || reason;
    };
    socket.onmessage = ({ data }) => {
      reason = 'the connection was lost before the server had answered';
      try {
        this.#hear(String(data));
      } catch (error) {
        socket.close();
        this.#end((error as Error).message);
      }
    };
    socket.onclose = ({ code }) => {
      if (code === CLOSE.tokenNeeded) this.#end('the token is missing or wrong');
      else if (code === CLOSE.tooMany) this.#end('too many messages or wrong tokens: wait a minute');
      else this.#end(reason);
    };
    if (this.closed) socket.close();
  }

  #hear(text: string): void {
    const message = readServerMessage(text);
    if (message?.type === 'runs') {
      for (const listing of message.runs) this.#runs.set(listing.run, listing);
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const id of waiting) this.#send(id);
    } else if (message?.type === 'answer' && message.id !== null) {
      const asked = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (message.accepted) asked?.settle();
      else asked?.fail(new ControlRefusedError(asked.action, message.reason ?? 'no reason given'));
    }
  }

  #send(id: string): void {
    const { action, fail } = this.#asked.get(id)!;
    const there = [...this.#runs.values()].filter(({ state }) => state !== 'dropped');
    const wanted = this.#wanted;
    const found = there.findLast(({ run, name }) => wanted === undefined || run === wanted || name === wanted);
    if (found === undefined) {
      this.#asked.delete(id);
      const names = there.length === 0 ? 'none has begun' : `expected ${there.map(({ name }) => name).join(', ')}`;
      fail(new CannotConnectError(this.#url, `no run${wanted === undefined ? '' : ` '${wanted}'`}: ${names}`));
      return;
    }
    const message: ClientMessage = { type: 'control', run: found.run, action, id };
    this.#socket?.send(JSON.stringify(message));
  }

  #end(reason: string): void {
    this.closed = true;
    for (const { fail } of this.#asked.values()) fail(new CannotConnectError(this.#url, reason));
    this.#asked.clear();
  }
}
