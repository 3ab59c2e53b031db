import type { ColumnGroup } from '../columns.ts';
import { eventColumn as column } from './eventColumn.ts';

/** Describes a {@link TransitionEvent}: null but on the rows at which a change is recognised or has settled. */
export const transitionEventGroup: ColumnGroup = {
  name: 'event',
  meaning: 'report of a change of generalisation; later reports of the same one have the same begin',
  role: 'event',
  nullable: true,
  columns: [
    column('kind', 'utf8', '1', 'transition'),
    column('state', 'utf8', '1', 'open until the new level has settled'),
    column('class', 'utf8', '1', 'grokking, misgrokking, gradual or none'),
    column('direction', 'utf8', '1', 'up or down'),
    column('begin', 'float64', 'steps', 'step at which the change began'),
    column('confirmedAt', 'float64', 'steps', 'step at which this report could be known'),
    column('memorised', 'float64', 'continuous time', 'when the training set was memorised', true),
    column('onset', 'float64', 'continuous time', 'when the change began'),
    column('t10', 'float64', 'continuous time', 'when a tenth of the change was done', true),
    column('t50', 'float64', 'continuous time', 'when half of the change was done', true),
    column('t90', 'float64', 'continuous time', 'when nine tenths of the change were done', true),
    column('width', 'float64', 'ln(time)', 'ln(t90 / t10)', true),
    column('before', 'float64', 'test metric', 'test metric before the change'),
    column('after', 'float64', 'test metric', 'test metric after the change, so far'),
    column('evidence', 'utf8', '1', 'what was seen, in a sentence'),
  ],
};
