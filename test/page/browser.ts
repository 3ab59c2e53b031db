import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

let directory: Promise<string> | undefined;

/** Takes a picture to be looked at: into SCREENSHOTS, or a fresh temporary directory. */
export async function picture(page: Page, name: string, fullPage = false): Promise<void> {
  const wanted = process.env.SCREENSHOTS;
  directory ??= wanted === undefined ? mkdtemp(join(tmpdir(), 'onager-page-')) : Promise.resolve(wanted);
  await page.screenshot({ path: join(await directory, `${name}.png`), fullPage });
}
