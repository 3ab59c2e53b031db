import { median } from './median.ts';

/** What a contestant does; it says how many bytes it wrote or read. */
export type Contestant = () => Promise<number>;

export interface Pair {
  /** Megabytes and runs of the work a second of processor time. */
  readonly rate: number;
  readonly perSecond: number;
  /** Processor time of the other over ours: above 1, ours is faster. */
  readonly ratio: number;
}

/**
 * Two contestants in turns in this process, medians. Processor time, so that a busy machine does not count.
 * The first turn of each warms up and does not count.
 */
export async function pairOf(ours: Contestant, bare: Contestant, repeats = 5): Promise<Pair> {
  const times: { readonly ours: number; readonly bare: number }[] = [];
  let bytes = 0;
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const mine = await timed(ours);
    const theirs = await timed(bare);
    bytes = mine.bytes;
    if (repeat > 0) times.push({ ours: mine.seconds, bare: theirs.seconds });
  }
  const seconds = median(times.map((time) => time.ours));
  return {
    rate: bytes / 1e6 / seconds,
    perSecond: 1 / seconds,
    ratio: median(times.map((time) => time.bare / time.ours)),
  };
}

async function timed(work: Contestant): Promise<{ readonly bytes: number; readonly seconds: number }> {
  const begun = process.cpuUsage();
  const bytes = await work();
  const { user, system } = process.cpuUsage(begun);
  return { bytes, seconds: (user + system) / 1e6 };
}
