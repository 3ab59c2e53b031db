import type { Command } from 'commander';
import { fromEvent, lastValueFrom, merge, takeUntil, tap } from 'rxjs';
import { type LeafColumn, leafColumns } from '../columns.ts';
import type { Gap } from '../formats/webSocket/protocol.ts';
import { type RunMessage, runMessages } from '../sources/webSocket/runMessages.ts';
import type { Row } from '../step.ts';
import { eventText } from './eventText.ts';
import { fail } from './failure.ts';
import { LiveTable } from './liveTable.ts';

interface TailOptions {
  readonly run?: string;
  readonly fields?: string;
  readonly json?: boolean;
  readonly followEvents?: boolean;
}

/** `onager tail ws://...`: a live run in a terminal. */
export function addTailCommand(program: Command): void {
  program
    .command('tail <url>')
    .description('follow a run that is served somewhere: ws://127.0.0.1:4747 (ONAGER_TOKEN: its token)')
    .option('--fields <names>', 'columns to show, with commas: loss,eigenspace.lossTop')
    .option('--run <name>', 'the run to follow, by name or id (default: the latest)')
    .option('--json', 'every row as a line of JSON on stdout')
    .option('--follow-events', 'nothing but the events, a line each')
    .action(async (url: string, options: TailOptions) => {
      try {
        await tail(url, options);
      } catch (error) {
        fail(error);
      }
    });
}

async function tail(url: string, options: TailOptions): Promise<void> {
  const token = process.env.ONAGER_TOKEN;
  if (!URL.canParse(url)) throw new Error(`${url}: expected an address such as ws://127.0.0.1:4747`);
  // A table needs the extremes only; for lines each row counts, however late.
  const connection = { token, run: options.run, every: options.json === true, encoding: 'arrow' } as const;
  const show = options.followEvents ? events(options.json === true) : options.json ? jsonRows(options) : table(options);
  const interrupted = merge(fromEvent(process, 'SIGINT'), fromEvent(process, 'SIGTERM'));
  await lastValueFrom(runMessages(url, connection).pipe(takeUntil(interrupted), tap(show)), {
    defaultValue: undefined,
  });
}

/** The columns asked for by name, or all. */
function chosen(run: { readonly columns: Parameters<typeof leafColumns>[0] }, { fields }: TailOptions): LeafColumn[] {
  const all = leafColumns(run.columns);
  if (fields === undefined) return all;
  return fields.split(',').map((name) => {
    const found = all.find(({ path }) => path.join('.') === name.trim());
    if (found === undefined) {
      throw new Error(`--fields ${name}: expected some of ${all.map(({ path }) => path.join('.')).join(', ')}`);
    }
    return found;
  });
}

function valueAt(row: Row, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], row);
}

/** NaN and the infinities as text, as in the live protocol: JSON has no number for them. */
function plain(value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function jsonRows(options: TailOptions): (message: RunMessage) => void {
  let columns: LeafColumn[] = [];
  return (message) => {
    if (message.kind === 'run') columns = chosen(message.run, options);
    if (message.kind === 'gap') process.stderr.write(`${gapLine(message.gap)}\n`);
    if (message.kind !== 'row') return;
    const fields = columns.map(({ path }) => [path.join('.'), plain(valueAt(message.row, path))]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(fields))}\n`);
  };
}

function gapLine({ from, to, size, reason }: Gap): string {
  const why = reason === 'slow' ? 'this terminal is slow' : 'the server keeps no more';
  return `rows ${from} to ${to - 1}: only the extremes of every ${size}, as ${why}`;
}

function events(json: boolean): (message: RunMessage) => void {
  return (message) => {
    if (message.kind !== 'event') return;
    const { group, event } = message.report;
    process.stdout.write(`${json ? JSON.stringify({ group, ...event }) : eventText(message.report)}\n`);
  };
}

function table(options: TailOptions): (message: RunMessage) => void {
  let view: LiveTable | undefined;
  return (message) => {
    if (message.kind === 'run') {
      view?.finish('another run takes its place');
      view = new LiveTable(message.run.name, chosen(message.run, options), process.stdout);
    } else if (message.kind === 'row') view?.push(message.row, valueAt);
    else if (message.kind === 'gap') view?.leap(message.gap);
    else if (message.kind === 'event') view?.report(message.report);
    else if (message.kind === 'status' && message.state !== 'running') view?.finish(message.message ?? message.state);
    else if (message.kind === 'lost') view?.note('connection lost, trying again');
  };
}
