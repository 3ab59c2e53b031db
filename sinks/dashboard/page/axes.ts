import { formatNumber, formatSeconds } from './format.ts';

/** What the x axis can be. */
export type AxisId = 'step' | 'row' | 'time' | 'logTime' | 'logStep' | 'seconds';

export interface AxisKind {
  readonly id: AxisId;
  /** What the choice is called. */
  readonly name: string;
  /** What stands beside the ticks. */
  readonly label: string;
  /** The column that says where a row lies; undefined for the number of the row. */
  readonly column: 'step' | 'time' | 'seconds' | undefined;
  readonly logarithmic: boolean;
}

export const axisKinds: readonly AxisKind[] = [
  { id: 'step', name: 'Step', label: 'step', column: 'step', logarithmic: false },
  { id: 'row', name: 'Row', label: 'row', column: undefined, logarithmic: false },
  { id: 'time', name: 'Time', label: 'time', column: 'time', logarithmic: false },
  { id: 'logTime', name: 'Log time', label: 'time', column: 'time', logarithmic: true },
  { id: 'logStep', name: 'Log step', label: 'step', column: 'step', logarithmic: true },
  { id: 'seconds', name: 'Seconds', label: 's', column: 'seconds', logarithmic: false },
];

export function axisKind(id: AxisId): AxisKind {
  return axisKinds.find((kind) => kind.id === id)!;
}

/** A place on an axis, for a person: `step 120`, `time 3.4`. */
export function placeText(id: AxisId, x: number): string {
  const { label, logarithmic, column } = axisKind(id);
  const value = logarithmic ? 10 ** x : x;
  if (column === 'seconds') return formatSeconds(value);
  if (column === 'time') return `${label} ${formatNumber(value, 4)}`;
  return `${label} ${Math.round(value)}`;
}
