import type { Command } from 'commander';
import { finalize, Subject, tap } from 'rxjs';
import type { PipelineContext, PreparedRun } from '../../pipelines/pipeline.ts';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { toTerminal } from '../../sinks/terminal/toTerminal.ts';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import type { Row } from '../step.ts';
import type { ControlMessage } from '../training/control.ts';
import type { CheckpointOptions } from './checkpointOptions.ts';
import { fail } from './failure.ts';
import { numberOption } from './numberOption.ts';
import { PageControl } from './pageControl.ts';

/** Where a run is shown and recorded. */
export interface ShowOptions {
  readonly out?: string;
  readonly port?: number;
  readonly host: string;
  readonly token?: string;
  readonly controlToken?: string;
  readonly serve: boolean;
  readonly json?: boolean;
}

/** Adds the options of {@link ShowOptions} to a command. @param out what is said of `--out` */
export function addShowOptions(command: Command, out: string): Command {
  return command
    .option(
      '--out <path>',
      `${out}; a folder gets a table of the steps and one of the events, *.arrows is a single file`,
    )
    .option('--port <n>', 'port of the page; 0 takes any free one (default: 4747, or any free one)', numberOption)
    .option('--host <address>', 'address to serve on; any but loopback needs --token', '127.0.0.1')
    .option('--token <secret>', 'what a visitor must bring (or ONAGER_TOKEN, which no process list shows)')
    .option('--control-token <secret>', 'what a visitor must bring to control the run (or ONAGER_CONTROL_TOKEN)')
    .option('--no-serve', 'no page; exit when the run is over')
    .option('--json', 'summary as JSON on stdout, everything else on stderr');
}

/** What is left of a command's options when those of {@link ShowOptions} are taken out. */
export function withoutShowOptions<O extends ShowOptions>(options: O): Omit<O, keyof ShowOptions> {
  const { out: _out, port: _port, host: _host, token: _token, serve: _serve, json: _json, ...rest } = options;
  const { controlToken: _controlToken, ...others } = rest as Omit<O, Exclude<keyof ShowOptions, 'controlToken'>> &
    ShowOptions;
  return others as Omit<O, keyof ShowOptions>;
}

/** A run that a command shows; `close` is called when it is over, before the page is. */
export interface Shown<R extends Row> extends PreparedRun<R> {
  readonly close?: () => Promise<void>;
  /** What a visitor of the page may ask of it. Default: whatever a training can be asked. */
  readonly accepts?: readonly ControlMessage['type'][];
}

/** A line for the person at the terminal. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/**
 * Prepares a run, records it and shows it on the terminal and the page until it is over; then sums up, and serves the
 * page until it is interrupted. An interrupt during the run ends it after the step in progress; a second one ends the
 * program.
 *
 * @param prepare given where to listen for the interrupt
 * @param fileOf the folder or Arrow file for a run without `--out`; undefined for none
 */
export async function showRun<R extends Row>(
  options: ShowOptions & CheckpointOptions,
  prepare: (context: Required<Pick<PipelineContext, 'control$' | 'progress'>>) => Promise<Shown<R>>,
  fileOf: (name: string) => string | undefined,
): Promise<void> {
  const control$ = new Subject<ControlMessage>();
  const savable = [options.checkpointEvery, options.checkpoints, options.resume].some((given) => given !== undefined);
  const visitors = new PageControl(control$, options.controlToken ?? process.env.ONAGER_CONTROL_TOKEN, savable);
  const server = options.serve ? await openPage(options, visitors) : undefined;
  if (server !== undefined) say(`dashboard  ${server.url}\ncontrol    with the token ${visitors.token}`);
  let interruptedAt: number | undefined;
  const interrupt = () => {
    const now = performance.now();
    // A terminal's Ctrl-C can arrive twice, from the terminal and from npm; a person takes longer.
    if (interruptedAt !== undefined && now - interruptedAt < 300) return;
    if (interruptedAt !== undefined) process.exit(130);
    interruptedAt = now;
    say('stopping after this step; Ctrl-C again to quit at once');
    control$.next({ type: 'stop' });
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const { name, rows, summary, close, accepts } = await prepare({
      control$,
      progress: (line) => say(`preparing  ${line}`),
    });
    visitors.accepts = accepts;
    const file = options.out ?? fileOf(name);
    let recorded = rows.pipe(tap((row) => summary.push(row)));
    if (file !== undefined) recorded = recorded.pipe(toArrow(file, { control$ }));
    recorded = recorded.pipe(toTerminal());
    if (server !== undefined) recorded = recorded.pipe(toWebSocket(server));
    await new Promise<void>((resolve, reject) => {
      recorded.pipe(finalize(() => process.off('SIGINT', interrupt).off('SIGTERM', interrupt))).subscribe({
        error: reject,
        complete: resolve,
      });
    }).finally(close);
    say(`\n${summary.text()}${file === undefined ? '' : `\nfile            ${file}`}`);
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ ...summary.result(), file: file ?? null, dashboard: server?.url ?? null })}\n`,
      );
    if (interruptedAt !== undefined) process.exitCode = 130;
    else if (server !== undefined) await untilInterrupted(server);
  } catch (error) {
    fail(error);
  } finally {
    await server?.close();
  }
}

/** Without a port asked for, a second run beside the first takes any free one. */
async function openPage({ port, host, token }: ShowOptions, visitors: PageControl): Promise<DashboardServer> {
  const control = { controlToken: visitors.token, control$: visitors };
  const secret = token ?? process.env.ONAGER_TOKEN;
  try {
    return await serveDashboard({ port, host, token: secret, ...control });
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    if (port !== undefined || cause?.code !== 'EADDRINUSE') throw error;
    return serveDashboard({ port: 0, host, token: secret, ...control });
  }
}

async function untilInterrupted(server: DashboardServer): Promise<void> {
  say(`\nstill serving ${server.url}; Ctrl-C ends it`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
}
