import { sparkline } from '../../sinks/terminal/sparkline.ts';

/** A value of the test metric at a continuous time. */
export interface CoursePoint {
  readonly time: number;
  readonly value: number | null;
}

/** A moment to mark below the course. */
export interface CourseMark {
  readonly sign: string;
  readonly time: number | null;
}

export interface Course {
  /** Bars of the metric, one a cell of the logarithm of time. */
  readonly bars: string;
  /** The marks below them; of two in one cell the later in the list. */
  readonly marks: string;
  readonly from: number;
  readonly to: number;
}

/**
 * A metric over the logarithm of continuous time as characters, each cell with the last value known by its end.
 * @returns undefined with fewer than two times above 0
 */
export function grokkingCourse(
  points: readonly CoursePoint[],
  marks: readonly CourseMark[],
  width = 64,
): Course | undefined {
  const timed = points.filter(({ time }) => time > 0);
  const [from, to] = [timed[0]?.time, timed.at(-1)?.time];
  if (from === undefined || to === undefined || !(to > from)) return undefined;
  const span = Math.log(to / from);
  const cellOf = (time: number) => Math.min(width - 1, Math.max(0, Math.floor((width * Math.log(time / from)) / span)));
  const values = new Array<number | null>(width).fill(null);
  for (const { time, value } of timed) values[cellOf(time)] = value;
  for (let cell = 1; cell < width; cell++) values[cell] ??= values[cell - 1]!;
  const below = new Array<string>(width).fill(' ');
  for (const { sign, time } of marks) if (time !== null && time > 0) below[cellOf(time)] = sign;
  return { bars: sparkline(values, width), marks: below.join('').trimEnd(), from, to };
}
