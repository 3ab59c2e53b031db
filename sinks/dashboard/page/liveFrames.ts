import type { RowsFollow, ServerMessage } from '../../../src/formats/webSocket/protocol.ts';
import type { ArrowFrames, ColumnValues } from '../../../src/sources/webSocket/arrowFrames.ts';

/** Rows `from` to `from + count - 1` by column: numbers as they are, a column without null as a typed array. */
export interface LiveRows extends RowsFollow {
  readonly columns: ColumnValues;
}

/** What a server says, its record batches read. */
export type LiveMessage = Exclude<ServerMessage, { type: 'rows' | 'schema' }> | LiveRows;

/** Puts the text frames and the binary frames of one connection together, those of several runs in turns. */
export class LiveFrames {
  readonly #Arrow: typeof ArrowFrames;
  readonly #runs = new Map<string, ArrowFrames>();
  /** What the next binary frame is. */
  #awaited: Extract<ServerMessage, { type: 'rows' | 'schema' }> | undefined;

  constructor(Arrow: typeof ArrowFrames) {
    this.#Arrow = Arrow;
  }

  /**
   * @returns undefined where another frame belongs to it
   * @throws {Error} for a frame that the protocol does not have
   */
  take(data: string | ArrayBuffer): LiveMessage | undefined {
    if (typeof data !== 'string') return this.#takeBinary(new Uint8Array(data));
    const message = JSON.parse(data) as ServerMessage;
    if (message.type !== 'schema' && message.type !== 'rows') return message;
    this.#awaited = message;
    return undefined;
  }

  #takeBinary(frame: Uint8Array<ArrayBuffer>): LiveMessage | undefined {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    if (awaited === undefined) throw new Error('the server sent an unannounced binary frame');
    if (awaited.type === 'schema') {
      this.#runs.set(awaited.run, new this.#Arrow(frame));
      return undefined;
    }
    const frames = this.#runs.get(awaited.run);
    if (frames === undefined) throw new Error('the server sent rows before their schema');
    return { ...awaited, columns: frames.rows(frame, awaited.count) };
  }
}
