/** What a backend says of itself once it is the active one. */
export interface LoadedBackend {
  /** The npm package it came from. */
  readonly library: string;
  readonly version: string;
  /** A few words on what it runs on. */
  readonly detail: string;
  /** Whether values can be read without awaiting (`dataSync`). */
  readonly synchronous: boolean;
}
