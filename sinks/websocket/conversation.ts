import type { WebSocket } from 'ws';
import { CLOSE, type ClientMessage } from '../../src/formats/webSocket/protocol.ts';
import { isToken } from './admission.ts';
import { readClientMessage } from './clientMessage.ts';
import type { ControlDesk } from './controlDesk.ts';
import { RateLimit, type WrongTokens } from './rateLimit.ts';
import type { RunShelf } from './runShelf.ts';
import type { Viewer } from './viewer.ts';

/** What the server lends to every conversation. */
export interface Desks {
  readonly shelf: RunShelf;
  readonly control: ControlDesk;
  readonly controlToken: string | undefined;
  readonly wrongTokens: WrongTokens;
  /** Called when the client may have something coming. */
  readonly serve: () => void;
}

/** Who talks. */
export interface Speaker {
  readonly viewer: Viewer;
  /** Remote address, for counting wrong tokens. */
  readonly address: string;
  /** A name for the record of control actions. */
  readonly name: string;
}

/** What one client says: wishes to see runs, and to control them. A frame that makes no sense ends it. */
export class Conversation {
  readonly #desks: Desks;
  readonly #speaker: Speaker;
  /** 20 messages at once, then five a second. */
  readonly #limit = new RateLimit(20, 5);
  /** Each ping is answered, and answers wait in memory for a client that does not read. */
  readonly #pings = new RateLimit(20, 5);
  #authorized = false;

  constructor(socket: WebSocket, desks: Desks, speaker: Speaker) {
    this.#desks = desks;
    this.#speaker = speaker;
    socket.on('message', (data, isBinary) => this.#hear(isBinary ? undefined : String(data)));
    socket.on('ping', () => {
      if (!this.#pings.take()) speaker.viewer.close(CLOSE.tooMany, 'too many pings');
    });
  }

  /** Takes a control token. @returns why it is refused, or undefined */
  authorize(token: Buffer): string | undefined {
    const { controlToken, wrongTokens } = this.#desks;
    if (controlToken === undefined) return 'this server takes no control';
    if (!wrongTokens.allows(this.#speaker.address)) {
      this.#speaker.viewer.close(CLOSE.tooMany, 'too many wrong tokens');
      return 'too many wrong tokens';
    }
    if (isToken(token, controlToken)) {
      this.#authorized = true;
      return undefined;
    }
    wrongTokens.count(this.#speaker.address);
    return 'the control token is wrong';
  }

  #hear(text: string | undefined): void {
    const { viewer } = this.#speaker;
    if (viewer.closed) return;
    if (!this.#limit.take()) {
      viewer.close(CLOSE.tooMany, 'too many messages');
      return;
    }
    const message = readClientMessage(text);
    if ('code' in message) viewer.close(message.code, message.reason);
    else {
      this.#act(message);
      this.#desks.serve();
    }
  }

  #act(message: ClientMessage): void {
    const { viewer } = this.#speaker;
    switch (message.type) {
      case 'subscribe': {
        const found = this.#desks.shelf.get(message.run);
        if (found === undefined) viewer.tell({ type: 'dropped', run: message.run, reason: 'no such run' });
        else viewer.show(found.frames, found.history.placeOf(message.from));
        return;
      }
      case 'unsubscribe':
        viewer.hide(message.run);
        return;
      case 'authorize':
        this.#answer(message.id, this.authorize(Buffer.from(message.token)));
        return;
      case 'control':
        this.#answer(message.id, this.#control(message));
    }
  }

  #control({ run, action }: Extract<ClientMessage, { type: 'control' }>): string | undefined {
    const { shelf, control, wrongTokens } = this.#desks;
    const { viewer, address, name } = this.#speaker;
    const found = shelf.get(run);
    if (found === undefined) return 'no such run';
    if (!this.#authorized) {
      if (!wrongTokens.allows(address)) {
        viewer.close(CLOSE.tooMany, 'too many wrong tokens');
        return 'too many wrong tokens';
      }
      wrongTokens.count(address);
    }
    return control.decide(found, action, this.#authorized, name).reason;
  }

  #answer(id: string | undefined, refused: string | undefined): void {
    const { viewer } = this.#speaker;
    if (viewer.closed) return;
    const answer = { type: 'answer', id: id ?? null, accepted: refused === undefined } as const;
    viewer.tell(refused === undefined ? answer : { ...answer, reason: refused });
  }
}
