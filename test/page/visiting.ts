import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { Subject } from 'rxjs';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type DashboardServer, serveDashboard } from '../../sinks/websocket/dashboardServer.ts';
import type { ServeOptions } from '../../sinks/websocket/serveOptions.ts';
import { toWebSocket } from '../../sinks/websocket/toWebSocket.ts';
import type { RunMetadata } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import type { ControlMessage } from '../../src/training/control.ts';
import { launch } from './browser.ts';
import { syntheticRow, syntheticRun } from './syntheticRun.ts';

let browser: Browser;
const opened: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A server that is closed after the test. */
export async function serve(options: ServeOptions = {}): Promise<DashboardServer> {
  const server = await serveDashboard({ port: 0, ...options });
  opened.push(() => server.close());
  return server;
}

/** A source that is driven by hand, on a server. */
export function play(
  server: DashboardServer,
  name?: string,
  metadata?: RunMetadata,
  control$?: Subject<ControlMessage>,
) {
  const source = new Subject<Row>();
  const run = syntheticRun(name, metadata);
  source.pipe(toWebSocket(server, { control$ })).subscribe({ error: () => {} });
  let step = 0;
  return {
    source,
    to(end: number) {
      while (step <= end) source.next(syntheticRow(run, step++));
    },
  };
}

/** Opens the page; what goes wrong on it is kept. */
export async function visit(
  address: string,
  options: { width?: number; height?: number; colorScheme?: 'light' | 'dark'; mobile?: boolean } = {},
): Promise<Page & { mistakes: string[] }> {
  const { width = 1280, height = 720, colorScheme = 'light', mobile = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    ...(mobile ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {}),
  });
  opened.push(() => context.close());
  const page = Object.assign(await context.newPage(), { mistakes: [] as string[] });
  page.on('pageerror', (error) => page.mistakes.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.mistakes.push(message.text());
  });
  await page.goto(address);
  return page;
}

/** Drops files and folders of the disk on the page, as from a window of files. */
export async function dropFiles(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files, dragOperationsMask: 1 };
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  await drag('dragEnter');
  await drag('dragOver');
  await drag('drop');
  await session.detach();
}

/** What an element says. */
export const text = (page: Page, selector: string) => page.locator(selector).first().textContent();
/** Waits until it says something. */
export const settles = (page: Page, selector: string, wanted: string | RegExp, timeout = 15_000) =>
  page.waitForFunction(
    ([where, pattern, flags]) => new RegExp(pattern!, flags).test(document.querySelector(where!)?.textContent ?? ''),
    [selector, typeof wanted === 'string' ? `^${wanted}$` : wanted.source, 'u'],
    { timeout },
  );

/** How many pixels of a chart have nearly this colour. */
export function pixels(page: Page, panel: string, variable: string, band?: 'above the plot'): Promise<number> {
  return page.evaluate(
    ([which, name, where]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`[data-panel="${which}"] canvas`)!;
      const probe = document.createElement('canvas').getContext('2d')!;
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
      probe.fillRect(0, 0, 1, 1);
      const wanted = probe.getImageData(0, 0, 1, 1).data;
      const height = where === undefined ? canvas.height : Math.round(17 * devicePixelRatio);
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        const near = (k: number) => Math.abs(data[i + k]! - wanted[k]!) < 12;
        if (near(0) && near(1) && near(2) && data[i + 3]! > 200) count++;
      }
      return count;
    },
    [panel, variable, band] as const,
  );
}

/** First and last step that the charts show. */
export const shownSteps = async (page: Page) => {
  const label = (await page.locator('[data-panel="lambda"] .plot').getAttribute('aria-label')) ?? '';
  return (
    label
      .match(/steps (\d+) to (\d+)/)
      ?.slice(1)
      .map(Number) ?? []
  );
};

/** A line between page and server that can be cut. */
export async function breakable(target: number) {
  let port = target;
  let open = true;
  const sockets = new Set<Socket>();
  const line = createServer((near) => {
    if (!open) {
      near.destroy();
      return;
    }
    const far = createConnection(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {}).on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve));
  opened.push(async () => line.close());
  return {
    port: (line.address() as AddressInfo).port,
    cut(usableAgain = true) {
      open = usableAgain;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    lead(to: number) {
      port = to;
      open = true;
    },
  };
}
