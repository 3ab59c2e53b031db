import type { ColumnGroup } from '../columns.ts';
import { eventColumn as column } from './eventColumn.ts';

/** Describes a {@link SpikeEvent}: null but on the rows at which an event opens, escalates or closes. */
export const spikeEventGroup: ColumnGroup = {
  name: 'event',
  meaning: 'report of a rise of the loss; later reports of the same rise have the same begin',
  role: 'event',
  nullable: true,
  columns: [
    column('kind', 'utf8', '1', 'spike'),
    column('state', 'utf8', '1', 'open while the loss is up, then closed'),
    column('begin', 'float64', 'steps', 'first step of the rise'),
    column('confirmedAt', 'float64', 'steps', 'step at which this report could be known'),
    column('end', 'float64', 'steps', 'step at which the loss was back', true),
    column('peak', 'float64', 'loss', 'largest finite loss'),
    column('peakStep', 'float64', 'steps', 'step of the peak'),
    column('before', 'float64', 'loss', 'loss before the rise'),
    column('ratio', 'float64', '1', 'peak over before'),
    column('verdict', 'utf8', '1', 'undecided, spike, catapult, bad batch, level shift or divergence'),
    column('confidence', 'float64', '1', 'how sure the verdict is, 0 to 1; half where the kernel was not seen', true),
    column('topShare', 'float64', '1', 'share of the rise in the top eigenspace of the tangent kernel', true),
    column('lambdaBefore', 'float64', 'eigenvalue', 'lambda_max(K) / n at the onset', true),
    column('lambdaAfter', 'float64', 'eigenvalue', 'lambda_max(K) / n at the return', true),
    column('recoveredIn', 'float64', 'steps', 'steps from onset to return', true),
    column('evidence', 'utf8', '1', 'what was seen and what could not be checked, in a sentence'),
  ],
};
