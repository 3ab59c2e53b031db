import type { ColumnGroup } from '../columns.ts';
import { PlateauDetector, type PlateauDetectorOptions, type PlateauEvent } from '../detectors/plateauDetector.ts';
import type { LossRow } from '../step.ts';
import { type Annotator, annotator } from './annotator.ts';
import { byDetector, DetectorMemory } from './detectorMemory.ts';
import { eventColumn as column } from './eventColumn.ts';

export interface PlateauFields {
  /** Whether the loss has stopped falling. */
  readonly open: boolean;
  /** Report of the plateau that was recognised, or left, with this row. */
  readonly event: PlateauEvent | null;
}

export interface PlateauOptions<Name extends string> extends PlateauDetectorOptions {
  /** Name of the group, where `plateau` is taken. */
  readonly as?: Name;
  /** The series to watch. Default: the row's loss. */
  readonly of?: (row: LossRow) => number;
}

const eventGroup: ColumnGroup = {
  name: 'event',
  meaning: 'report of a plateau; later reports of the same one have the same begin',
  role: 'event',
  nullable: true,
  columns: [
    column('kind', 'utf8', '1', 'plateau'),
    column('state', 'utf8', '1', 'open until the loss falls again'),
    column('begin', 'float64', 'steps', 'step of the last improvement'),
    column('confirmedAt', 'float64', 'steps', 'step at which this report could be known'),
    column('end', 'float64', 'steps', 'step at which the loss was falling again', true),
    column('level', 'float64', 'loss', 'best level of the smoothed loss'),
    column('evidence', 'utf8', '1', 'what was seen, in a sentence'),
  ],
};

/**
 * Says when the loss has stopped falling, and when it falls again. A spike neither makes a plateau nor ends one.
 *
 * ```
 * loss            4  3  2  2  2  2  2  2  1
 * plateau.open    -  -  -  -  -  x  x  x  -
 * plateau.event                  o        c     o(pen), c(losed); begin is the step of the first 2
 * ```
 *
 * The detector is {@link PlateauDetector}.
 * @example rows.pipe(plateau({ patience: 500 })).subscribe(({ plateau: { event } }) => event && console.log(event.evidence));
 */
export function plateau<Name extends string = 'plateau'>(
  options: PlateauOptions<Name> = {},
): Annotator<LossRow, Name, PlateauFields> {
  const { as = 'plateau' as Name, of = ({ loss }) => loss, ...settings } = options;
  // Options are checked here and now, not when the first row comes.
  new PlateauDetector(settings);
  return annotator<LossRow, Name, PlateauFields>({
    name: as,
    meaning: 'whether the loss has stopped falling',
    columns: [{ name: 'open', type: 'bool', unit: '1', meaning: 'whether the loss has stopped falling' }, eventGroup],
    start() {
      const memory = new DetectorMemory(new PlateauDetector(settings), PlateauDetector.fromJSON);
      return byDetector(memory, (row: LossRow) => {
        const { open, event } = memory.detector.push(of(row), row.step);
        return { open, event };
      });
    },
  });
}
