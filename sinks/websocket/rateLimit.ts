/** Lets `burst` things happen at once, and `perSecond` of them in the long run. */
export class RateLimit {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  /** @param now seconds, on a clock that never goes back */
  constructor(burst: number, perSecond: number, now = performance.now() / 1000) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#at = now;
  }

  /** Whether one more may happen. */
  allows(now = performance.now() / 1000): boolean {
    this.#left = Math.min(this.#burst, this.#left + (now - this.#at) * this.#perSecond);
    this.#at = now;
    return this.#left >= 1;
  }

  /** One has happened. @returns whether it was allowed to */
  take(now = performance.now() / 1000): boolean {
    const allowed = this.allows(now);
    if (allowed) this.#left--;
    return allowed;
  }
}

/** Addresses remembered at once: beyond, the one that came first is forgotten. */
const ADDRESSES = 1024;

/** Wrong tokens by address of the client: 10 at once, then one every 6 seconds. */
export class WrongTokens {
  readonly #limits = new Map<string, RateLimit>();

  /** Whether tokens from there are still looked at. */
  allows(address: string): boolean {
    return this.#limits.get(address)?.allows() ?? true;
  }

  count(address: string): void {
    let limit = this.#limits.get(address);
    if (limit === undefined) {
      if (this.#limits.size === ADDRESSES) this.#limits.delete(this.#limits.keys().next().value!);
      limit = new RateLimit(10, 1 / 6);
      this.#limits.set(address, limit);
    }
    limit.take();
  }
}
