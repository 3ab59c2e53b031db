/** A message as it goes into a socket: text or binary. */
export interface Frame {
  readonly data: Buffer | string;
  readonly binary: boolean;
}

/** How many pieces are remembered: of 256 kB each, so 4 MB. */
const REMEMBERED = 16;

/**
 * The frames written last, for all runs of a server: viewers that are level, or joined together, share the work of
 * writing them.
 */
export class FrameMemory {
  readonly #pieces = new Map<string, readonly Frame[]>();

  /** @param key names the run and the frames of it; the same key stands for the same frames at all times */
  remembered(key: string, write: () => readonly Frame[]): readonly Frame[] {
    let frames = this.#pieces.get(key);
    if (frames === undefined) {
      frames = write();
      if (this.#pieces.size === REMEMBERED) this.#pieces.delete(this.#pieces.keys().next().value!);
      this.#pieces.set(key, frames);
    }
    return frames;
  }
}
