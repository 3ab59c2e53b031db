import type { RunEvent } from './runEvent.ts';

/** Events that have a colour of their own; the tone of any other is that of its kind. */
const tones: Readonly<Record<string, string>> = {
  catapult: 'catapult',
  grokking: 'catapult',
  divergence: 'divergence',
  misgrokking: 'divergence',
  refused: 'divergence',
  'bad batch': 'bad-batch',
  'early warning': 'bad-batch',
  'level shift': 'level-shift',
  gradual: 'level-shift',
  undecided: 'undecided',
  plateau: 'undecided',
  change: 'undecided',
};

/** The name of the colour that tells what an event turned out to be. */
export function toneOf({ kind, what }: RunEvent): string {
  return `verdict-${tones[what] ?? (kind === 'control' ? 'control' : 'spike')}`;
}
