import type { ColumnGroup } from '../columns.ts';
import {
  DivergenceDetector,
  type DivergenceDetectorOptions,
  type DivergenceEvent,
} from '../detectors/divergenceDetector.ts';
import type { LossRow } from '../step.ts';
import { type Annotator, annotator } from './annotator.ts';
import { byDetector, DetectorMemory } from './detectorMemory.ts';
import { eventColumn as column } from './eventColumn.ts';

export interface DivergenceFields {
  /** Whether the loss has blown up and is not back. */
  readonly diverged: boolean;
  /** Report of the divergence that began or ended with this row. */
  readonly event: DivergenceEvent | null;
}

export interface DivergenceOptions<Name extends string> extends DivergenceDetectorOptions {
  /** Name of the group, where `divergence` is taken. */
  readonly as?: Name;
  /** The series to watch. Default: the row's loss. */
  readonly of?: (row: LossRow) => number;
}

const eventGroup: ColumnGroup = {
  name: 'event',
  meaning: 'report of a divergence; later reports of the same one have the same begin',
  role: 'event',
  nullable: true,
  columns: [
    column('kind', 'utf8', '1', 'divergence'),
    column('state', 'utf8', '1', 'open until the loss is back within a factor 10 of its best level'),
    column('begin', 'float64', 'steps', 'step at which it began'),
    column('confirmedAt', 'float64', 'steps', 'step at which this report could be known'),
    column('end', 'float64', 'steps', 'step at which the loss was back', true),
    column('reason', 'utf8', '1', 'not finite, over the cap, or keeps rising'),
    column('before', 'float64', 'loss', 'best level of the loss before'),
    column('evidence', 'utf8', '1', 'what was seen, in a sentence'),
  ],
};

/**
 * Says when a run is lost: the loss is not finite, a million times its best level, or keeps rising.
 *
 * ```
 * loss                  1  .9  .8  3  40  5e3  9e5  NaN
 * divergence.diverged   -   -   -  -   -    -    x    x
 * divergence.event                               o        o(pen)
 * ```
 *
 * Stricter than {@link spikes}: a catapult that comes back is none. The detector is {@link DivergenceDetector}.
 * @example rows.pipe(divergence(), takeWhile((row) => !row.divergence.diverged, true))
 */
export function divergence<Name extends string = 'divergence'>(
  options: DivergenceOptions<Name> = {},
): Annotator<LossRow, Name, DivergenceFields> {
  const { as = 'divergence' as Name, of = ({ loss }) => loss, ...settings } = options;
  // Options are checked here and now, not when the first row comes.
  new DivergenceDetector(settings);
  return annotator<LossRow, Name, DivergenceFields>({
    name: as,
    meaning: 'whether the loss has blown up',
    columns: [
      { name: 'diverged', type: 'bool', unit: '1', meaning: 'whether the loss has blown up and is not back' },
      eventGroup,
    ],
    start() {
      const memory = new DetectorMemory(new DivergenceDetector(settings), DivergenceDetector.fromJSON);
      return byDetector(memory, (row: LossRow) => {
        const { diverged, event } = memory.detector.push(of(row), row.step);
        return { diverged, event };
      });
    },
  });
}
