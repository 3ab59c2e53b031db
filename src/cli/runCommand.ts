import { type Command, Option } from 'commander';
import { finalize, Subject, tap } from 'rxjs';
import { type CatapultsOptions, catapultsPipeline } from '../../pipelines/catapults.ts';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { toTerminal } from '../../sinks/terminal/toTerminal.ts';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import { backendNames, useBackend } from '../backend/chooseBackend.ts';
import type { ControlMessage } from '../training/control.ts';
import { fail } from './failure.ts';
import { numberOption } from './numberOption.ts';

/** Options of the command itself; the others are the pipeline's. */
interface RunOptions {
  readonly out?: string;
  readonly port?: number;
  readonly host: string;
  readonly token?: string;
  readonly serve: boolean;
  readonly json?: boolean;
  readonly backend: (typeof backendNames)[number] | 'auto';
}

/** `onager run catapults`: trains, detects, writes Arrow, serves the page, and sums up. */
export function addRunCommand(program: Command): void {
  const run = program.command('run').description('run a pipeline');
  run
    .command(catapultsPipeline.name, { isDefault: true })
    .description(catapultsPipeline.description)
    .addOption(new Option('--task <name>', 'what to learn').choices(['r2', 'r3', 'r4', 'r4s', 'mnist', 'images']))
    .addOption(new Option('--size <name>', 'a setting known to show the effect').choices(['default', 'small']))
    .option('--catapults <J>', 'catapults to provoke', numberOption)
    .option('--factor <c>', 'learning rate at each raise, in units of the critical rate', numberOption)
    .option('--dimension <d>', 'inputs of the regression tasks', numberOption)
    .option('--samples <n>', 'training samples', numberOption)
    .option('--test-samples <n>', 'test samples', numberOption)
    .option('--width <m>', 'width of the hidden layers', numberOption)
    .option('--depth <L>', 'hidden layers', numberOption)
    .option('--seed <n>', 'determines data, initialisation and order', numberOption)
    .option('--steps <n>', 'most updates to make', numberOption)
    .option('--stop-at <loss>', 'training loss at which the run ends', numberOption)
    .option('--images <file>', 'IDX images to learn, with --labels')
    .option('--labels <file>', 'IDX labels')
    .option('--test-images <file>', 'IDX images to test on, with --test-labels; default: drawn from --images')
    .option('--test-labels <file>', 'IDX labels')
    .option('--out <file>', 'Arrow file to write (default: runs/<name>.arrows)')
    .option('--port <n>', 'port of the page; 0 takes any free one (default: 4747, or any free one)', numberOption)
    .option('--host <address>', 'address to serve on; any but loopback needs --token', '127.0.0.1')
    .option('--token <secret>', 'what a visitor must bring (or ONAGER_TOKEN, which no process list shows)')
    .option('--no-serve', 'no page; exit when the run is over')
    .option('--json', 'summary as JSON on stdout, everything else on stderr')
    .addOption(new Option('--backend <name>', 'where to compute').choices(['auto', ...backendNames]).default('auto'))
    .action(async (options: RunOptions & CatapultsOptions) => {
      const { out: _out, port: _port, host: _host, token: _token, serve: _serve, json: _json, ...given } = options;
      // Files of one's own are a task of their own.
      const task = options.task ?? (options.images === undefined ? undefined : 'images');
      await runCatapults(task === undefined ? given : { ...given, task }, options);
    });
}

async function runCatapults(
  given: Parameters<typeof catapultsPipeline.prepare>[0],
  options: RunOptions,
): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const control$ = new Subject<ControlMessage>();
  const { description } = await useBackend(options.backend);
  say(`backend    ${description}`);
  const server = options.serve ? await openPage(options) : undefined;
  if (server !== undefined) say(`dashboard  ${server.url}`);
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
    const { name, rows, summary } = await catapultsPipeline.prepare(given, {
      control$,
      progress: (line) => say(`preparing  ${line}`),
    });
    const file = options.out ?? `runs/${name}.arrows`;
    let recorded = rows.pipe(
      tap((row) => summary.push(row)),
      toArrow(file),
      toTerminal(),
    );
    if (server !== undefined) recorded = recorded.pipe(toWebSocket(server));
    await new Promise<void>((resolve, reject) => {
      recorded.pipe(finalize(() => process.off('SIGINT', interrupt).off('SIGTERM', interrupt))).subscribe({
        error: reject,
        complete: resolve,
      });
    });
    say(`\n${summary.text()}\nfile            ${file}`);
    if (options.json)
      process.stdout.write(`${JSON.stringify({ ...summary.result(), file, dashboard: server?.url ?? null })}\n`);
    if (interruptedAt !== undefined) process.exitCode = 130;
    else if (server !== undefined) await untilInterrupted(server, say);
  } catch (error) {
    fail(error);
  } finally {
    await server?.close();
  }
}

/** Without a port asked for, a second run beside the first takes any free one. */
async function openPage({ port, host, token }: RunOptions): Promise<DashboardServer> {
  const secret = token ?? process.env.ONAGER_TOKEN;
  try {
    return await serveDashboard({ port, host, token: secret });
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    if (port !== undefined || cause?.code !== 'EADDRINUSE') throw error;
    return serveDashboard({ port: 0, host, token: secret });
  }
}

async function untilInterrupted(server: DashboardServer, say: (line: string) => void): Promise<void> {
  say(`\nstill serving ${server.url}; Ctrl-C ends it`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
  });
}
