import type { Screen } from './screen.ts';
import { clockTime, shortNumber } from './shortNumber.ts';
import type { LabelledValue } from './watchedValues.ts';

export interface Status {
  readonly name: string;
  /** Steps taken. */
  readonly steps: number;
  /** Steps to take, where the run says. */
  readonly total: number | undefined;
  readonly perSecond: number | undefined;
  readonly secondsLeft: number | undefined;
  readonly values: readonly LabelledValue[];
  /** How far a late change of generalisation is, where one is looked for. */
  readonly transition: string | undefined;
  readonly catapults: number;
  readonly otherEvents: number;
  /** Whether to mention catapults when there were none. */
  readonly watchesCatapults: boolean;
}

const barRoom = { least: 8, most: 40 };
const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/**
 * One line about a run, what matters most first.
 *
 * Fitted to the screen it has a bar, and is cut to one line; else it has all there is, for a line that may wrap.
 *
 * `run ━━━━━━━━────── 250/1000  25%  480/s  0:02 left  loss 0.0123  2 catapults`
 */
export function statusLine(status: Status, screen: Screen, fitted: boolean): string {
  const parts = statusParts(status, screen);
  if (!fitted) return `${status.name}: ${parts.map(({ painted }) => painted).join('  ')}`;
  const bar = status.total === undefined ? 2 : barRoom.least + 1;
  let room = screen.width;
  const kept: string[] = [];
  for (const { text, painted } of parts) {
    const needed = text.length + (kept.length > 0 ? 2 : 0);
    if (needed + (kept.length > 0 ? bar : 0) > room) break;
    kept.push(painted);
    room -= needed;
  }
  const text = kept.join('  ');
  if (kept.length === 0 || room < bar) return text || parts[0]!.text.slice(0, screen.width);
  const name = status.name.length + 1 + bar <= room ? `${status.name} ` : '';
  return `${name}${progress(status, Math.min(barRoom.most, room - name.length - 1), screen)} ${text}`;
}

interface Part {
  readonly text: string;
  readonly painted: string;
}

function statusParts(status: Status, screen: Screen): Part[] {
  const { steps, total, perSecond, secondsLeft, values, transition, catapults, otherEvents } = status;
  const parts: Part[] = [];
  const add = (text: string, painted = text) => parts.push({ text, painted });
  add(total === undefined ? `${steps} steps` : `${steps}/${total}  ${Math.floor((100 * steps) / total)}%`);
  const [loss, ...rest] = values.map(({ label, value }) => {
    const number = shortNumber(value);
    const painted = Number.isFinite(value) ? screen.paint('bold', number) : screen.paint('red', number);
    return { text: `${label} ${number}`, painted: `${label} ${painted}` };
  });
  if (loss !== undefined) parts.push(loss);
  if (perSecond !== undefined) add(`${shortNumber(perSecond < 10 ? perSecond : Math.round(perSecond))}/s`);
  if (secondsLeft !== undefined) add(`${clockTime(secondsLeft)} left`);
  parts.push(...rest);
  if (transition !== undefined) add(transition);
  if (status.watchesCatapults || catapults > 0) add(`${catapults} catapult${catapults === 1 ? '' : 's'}`);
  if (otherEvents > 0) add(`${otherEvents} other`);
  return parts;
}

function progress({ steps, total }: Status, room: number, screen: Screen): string {
  if (total === undefined) return screen.paint('cyan', spinner[steps % spinner.length]!);
  const done = Math.min(room, Math.floor((room * steps) / Math.max(1, total)));
  return screen.paint('cyan', '━'.repeat(done)) + screen.paint('dim', '─'.repeat(room - done));
}
