import { type Colour, printable, type Screen } from './screen.ts';
import { shortNumber } from './shortNumber.ts';
import type { ShownEvent } from './watchedEvents.ts';

const colours: Readonly<Record<string, Colour>> = {
  catapult: 'green',
  grokking: 'green',
  divergence: 'red',
  misgrokking: 'red',
};

/** `step 120  catapult  ×4.2  93 % of the rise in the top eigenspace, …` */
export function eventLine({ what, begin, ratio, evidence }: ShownEvent, screen: Screen): string {
  return [
    begin === undefined ? undefined : `step ${begin}`,
    screen.paint(colours[what] ?? 'yellow', printable(what)),
    ratio === undefined ? undefined : `×${shortNumber(ratio)}`,
    evidence === undefined ? undefined : printable(evidence),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('  ');
}
