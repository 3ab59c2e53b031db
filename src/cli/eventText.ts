import type { EventReport } from '../formats/webSocket/protocol.ts';

/** An event in a line: a rise of the loss, a transition, or somebody's control of the run. */
export function eventText({ group, begin, event }: EventReport): string {
  if (event.kind === 'control') {
    const { type, value } = event.action as { type?: unknown; value?: unknown };
    const done = event.accepted === true ? 'accepted' : `refused: ${event.reason}`;
    return `control  row ${event.row}  ${type}${value === undefined ? '' : ` ${value}`}  by ${event.by}  ${done}`;
  }
  const words = [event.state, event.verdict ?? event.kind, event.evidence].filter((word) => word != null);
  return `${group}  step ${event.begin ?? begin}  ${words.join('  ')}`;
}
