import type { Memory, Saved } from '../memory.ts';

/** What every detector class can do: say its settings, and its whole state as JSON. */
interface StoredDetector {
  readonly options: object;
  toJSON(): { readonly options: object };
}

/** The detector of an operator, which a resumed run replaces by the one that was saved. */
export class DetectorMemory<D extends StoredDetector> implements Memory {
  #detector: D;
  readonly #fromJSON: (stored: never) => D;

  /** @param fromJSON the inverse of the detector's `toJSON` */
  constructor(detector: D, fromJSON: (stored: never) => D) {
    this.#detector = detector;
    this.#fromJSON = fromJSON;
  }

  get detector(): D {
    return this.#detector;
  }

  save(): Saved {
    return structuredClone(this.#detector.toJSON()) as unknown as Saved;
  }

  /** @throws {RangeError} naming the settings that are not those of the saved detector. */
  restore(saved: never): void {
    const restored = this.#fromJSON(saved);
    const before = restored.options as Record<string, unknown>;
    const differing = Object.entries(this.#detector.options).filter(([name, value]) => !Object.is(value, before[name]));
    if (differing.length > 0) {
      const named = differing.map(([name, value]) => `${name} = ${value}, which was ${before[name]}`).join('; ');
      throw new RangeError(`a detector cannot go on with other settings than the checkpoint has: ${named}`);
    }
    this.#detector = restored;
  }
}

/** A measure by a detector, with the detector for its memory. */
export function byDetector<D extends StoredDetector, M>(
  memory: DetectorMemory<D>,
  measure: M,
): { readonly measure: M } & Memory {
  return { measure, save: () => memory.save(), restore: (saved) => memory.restore(saved) };
}
