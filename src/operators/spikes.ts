import type { Column } from '../columns.ts';
import { SpikeDetector, type SpikeDetectorOptions, type SpikeState } from '../detectors/spikeDetector.ts';
import type { SpikeEvent } from '../detectors/spikeEvent.ts';
import type { LossRow } from '../step.ts';
import { type Annotator, annotator } from './annotator.ts';
import { byDetector, DetectorMemory } from './detectorMemory.ts';
import { spikeEventGroup } from './spikeEventColumns.ts';

export interface SpikeFields {
  /** Whether an event is open. */
  readonly open: boolean;
  /** Loss expected in the absence of a spike; null before the first value. */
  readonly level: number | null;
  /** The loss over its level; null before the first value. */
  readonly ratio: number | null;
  /** Factor over the level at which a single value opens an event. */
  readonly threshold: number;
  /** Report of the event that opened, escalated or closed with this row. */
  readonly event: SpikeEvent | null;
}

export interface SpikesOptions<Name extends string> extends SpikeDetectorOptions {
  /** Name of the group, where `spikes` is taken. */
  readonly as?: Name;
  /** The series to watch. Default: the row's loss. */
  readonly of?: (row: LossRow) => number;
}

const columns: readonly Column[] = [
  { name: 'open', type: 'bool', unit: '1', meaning: 'whether a rise of the loss is open' },
  {
    name: 'level',
    type: 'float64',
    unit: 'loss',
    meaning: 'loss expected without a spike',
    nullable: true,
    axis: 'log',
  },
  { name: 'ratio', type: 'float64', unit: '1', meaning: 'loss over its level', nullable: true, axis: 'log' },
  {
    name: 'threshold',
    type: 'float64',
    unit: '1',
    meaning: 'ratio at which a single value opens an event',
    axis: 'log',
  },
];

/**
 * Finds spikes, level shifts and divergences of the loss.
 *
 * ```
 * loss             1  .9  .8  4  9  5  1  .7
 * spikes.open      -   -   -  x  x  x  -   -
 * spikes.event                o        c         o(pen), c(losed)
 * ```
 *
 * Needs nothing but the loss, and nothing is computed for it. The detector is {@link SpikeDetector}.
 * @example rows.pipe(spikes()).subscribe(({ spikes: { event } }) => event && console.log(event.verdict));
 */
export function spikes<Name extends string = 'spikes'>(
  options: SpikesOptions<Name> = {},
): Annotator<LossRow, Name, SpikeFields> {
  const { as = 'spikes' as Name, of = lossOf, ...settings } = options;
  // Options are checked here and now, not when the first row comes.
  new SpikeDetector(settings);
  return annotator<LossRow, Name, SpikeFields>({
    name: as,
    meaning: 'rises of the loss',
    columns: [...columns, spikeEventGroup],
    start() {
      const memory = new DetectorMemory(new SpikeDetector(settings), SpikeDetector.fromJSON);
      return byDetector(memory, (row: LossRow) => fields(memory.detector.push(of(row), row.step)));
    },
  });
}

function lossOf(row: LossRow): number {
  return row.loss;
}

function fields(state: SpikeState): SpikeFields {
  return {
    open: state.open,
    level: known(state.level),
    ratio: Number.isNaN(state.level) ? null : state.ratio,
    threshold: state.threshold,
    event: state.event,
  };
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
