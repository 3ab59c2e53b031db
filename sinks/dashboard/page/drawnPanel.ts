import { axisRange } from './axisRange.ts';
import type { Drawn, Mark } from './decimate.ts';
import { type Band, type DrawnBand, drawnBand, drawnLine, type Line } from './line.ts';
import type { Panel } from './panels.ts';
import type { Scene } from './scene.ts';

/** What of a panel is drawn in the part of the x axis that is shown. */
export interface DrawnPanel {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** One for each line. */
  readonly lines: readonly Drawn[];
  readonly bands: readonly DrawnBand[];
  /** What cannot be drawn, in the order of x. */
  readonly marks: readonly Mark[];
}

/** @param buckets how many columns of pixels there are to draw into */
export function drawnPanel(
  { unit, logarithmic, limit }: Panel,
  scene: Scene,
  { lines, bands, buckets }: { lines: readonly Line[]; bands: readonly Band[]; buckets: number },
): DrawnPanel {
  const [left, right] = scene.range;
  const window = { left, right, buckets, logarithmic };
  const drawn = lines.map((line) => drawnLine(line, scene, window));
  const drawnBands = bands.map((band) => drawnBand(band, scene, window));
  const all = [...drawn, ...drawnBands.flatMap(({ low, high }) => [low, high])];
  let [bottom, top] = axisRange(all, { left, right, logarithmic, unit });
  // A limit that nothing comes near would press the line flat.
  if (limit !== undefined && top > limit / 4) [bottom, top] = [Math.min(bottom, limit), Math.max(top, limit * 1.1)];
  const marks = all.flatMap((each) => each.marks).sort((a, b) => a.x - b.x);
  return { x: [left, right], y: [bottom, top], lines: drawn, bands: drawnBands, marks };
}
