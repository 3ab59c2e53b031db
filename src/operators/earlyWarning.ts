import type { ColumnGroup } from '../columns.ts';
import {
  EarlyWarningDetector,
  type EarlyWarningDetectorOptions,
  type EarlyWarningEvent,
} from '../detectors/earlyWarningDetector.ts';
import type { LossRow } from '../step.ts';
import { type Annotator, annotator } from './annotator.ts';
import { byDetector, DetectorMemory } from './detectorMemory.ts';
import { eventColumn as column } from './eventColumn.ts';
import type { TangentKernelFields } from './tangentKernel.ts';

export interface EarlyWarningFields {
  /** Whether a warning is open: the rate is over the critical one, and the loss is calm. */
  readonly open: boolean;
  /** Report of the warning that was given, or came to an end, with this row. */
  readonly event: EarlyWarningEvent | null;
}

export interface EarlyWarningOptions<Name extends string> extends EarlyWarningDetectorOptions {
  /** Name of the group, where `earlyWarning` is taken. */
  readonly as?: Name;
}

/** A row that `tangentKernel` has seen, or any with that ratio. */
export type RatioRow = LossRow & {
  readonly tangentKernel: { readonly [K in 'learningRateRatio']: TangentKernelFields[K] };
};

const eventGroup: ColumnGroup = {
  name: 'event',
  meaning: 'report of a warning; later reports of the same one have the same begin',
  role: 'event',
  nullable: true,
  columns: [
    column('kind', 'utf8', '1', 'earlyWarning'),
    column('state', 'utf8', '1', 'open until the loss rises, the rate is below the critical one, or patience ends'),
    column('begin', 'float64', 'steps', 'step at which the rate was over the critical one first'),
    column('confirmedAt', 'float64', 'steps', 'step at which this report could be known'),
    column('end', 'float64', 'steps', 'step at which the warning came to an end', true),
    column('outcome', 'utf8', '1', 'rise, withdrawn, or no rise', true),
    column('ratio', 'float64', 'learning rate / critical', 'learning rate over the critical one'),
    column('lead', 'float64', 'steps', 'from the warning to the first step of the rise', true),
    column('leadOverLoss', 'float64', 'steps', 'from the warning until the loss alone told the rise', true),
    column('evidence', 'utf8', '1', 'what was seen, in a sentence'),
  ],
};

/**
 * Warns before the loss does: the learning rate is over the critical one, and the loss has not moved yet. Goes after
 * {@link tangentKernel}.
 *
 * ```
 * tangentKernel.learningRateRatio   .9  1.1  1.1  1.1  1.0  .7
 * loss                               1   .9   .8   .9    4   2
 * earlyWarning.open                  -    x    x    x    -   -
 * earlyWarning.event                      o              c       o(pen), c(losed): lead is 2, leadOverLoss 3
 * ```
 *
 * It says that the step is unstable, not what follows: a catapult comes back, a divergence does not. The detector is
 * {@link EarlyWarningDetector}.
 * @throws {Error} with the first row, when `tangentKernel()` does not come before it.
 */
export function earlyWarning<Name extends string = 'earlyWarning'>(
  options: EarlyWarningOptions<Name> = {},
): Annotator<RatioRow, Name, EarlyWarningFields> {
  const { as = 'earlyWarning' as Name, ...settings } = options;
  // Options are checked here and now, not when the first row comes.
  new EarlyWarningDetector(settings);
  return annotator<RatioRow, Name, EarlyWarningFields>({
    name: as,
    meaning: 'whether the learning rate is over the critical one before the loss has moved',
    columns: [{ name: 'open', type: 'bool', unit: '1', meaning: 'whether a warning is open' }, eventGroup],
    start(first) {
      if (first.tangentKernel === undefined) {
        throw new Error('earlyWarning: put tangentKernel() before earlyWarning() in the pipe');
      }
      const memory = new DetectorMemory(new EarlyWarningDetector(settings), EarlyWarningDetector.fromJSON);
      return byDetector(memory, ({ tangentKernel, loss, step }: RatioRow) => {
        const { open, event } = memory.detector.push(tangentKernel.learningRateRatio, loss, step);
        return { open, event };
      });
    },
  });
}
