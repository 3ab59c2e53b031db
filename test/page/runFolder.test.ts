import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { from, lastValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { toArrow } from '../../sinks/arrow/toArrow.ts';
import { catapults } from '../../src/operators/catapults.ts';
import { spikes } from '../../src/operators/spikes.ts';
import { evidencedRows, temporaryDirectory } from '../sources/recordedRuns.ts';
import { picture } from './browser.ts';
import { dropFiles, pixels, serve, settles, visit } from './visiting.ts';

const directory = temporaryDirectory();
const folder = (name: string) => join(directory, name);
const steps = (name: string) => join(folder(name), 'steps.arrows');
const events = (name: string) => join(folder(name), 'events.arrows');

/** Each has a catapult that begins at 95, and at 195 a larger rise outside the top eigenspace: a spike. */
beforeAll(async () => {
  for (const name of ['first', 'second'])
    await lastValueFrom(from(evidencedRows()).pipe(spikes(), catapults(), toArrow(folder(name))));
});

async function emptyPage() {
  const server = await serve();
  const page = await visit(server.url);
  const said = (wanted: string | RegExp) => settles(page, '#toast', wanted);
  const begins = () =>
    page.locator('#events-rows tr').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.begin));
  return Object.assign(page, { said, begins });
}

describe('a run folder that is dropped', () => {
  it('is shown with its recorded events, which can be detected again', async () => {
    const page = await emptyPage();
    // What is no table of a run may lie beside: a folder is taken as it is.
    await mkdir(join(folder('first'), 'checkpoints'));
    await copyFile(new URL(import.meta.url), join(folder('first'), 'notes.txt'));
    await dropFiles(page, [folder('first')]);
    await page.said('300 rows of first.');
    await settles(page, '#name', /^evidenced \(first\)$/);
    await settles(page, '#status span', 'recorded');
    await expect.poll(page.begins).toHaveLength(2);
    const recordedBegins = await page.begins();
    const badges = () => page.locator('#events-rows .badge').allTextContents();
    expect((await badges()).sort()).toEqual(['catapult', 'spike']);
    await page.waitForTimeout(300);
    for (const panel of ['loss', 'lambda'])
      expect(await pixels(page, panel, 'verdict-catapult', 'above the plot'), `markers on ${panel}`).toBeGreaterThan(
        20,
      );
    await picture(page, 'folder');
    await page.locator('#events-rows tr', { hasText: 'catapult' }).locator('button').click();
    await settles(page, '#evidence h2', /^(A )?catapult at step \d+$/i);
    await page.keyboard.press('Escape');
    await page.getByText('Detect again with other options').click();
    await page.locator('[name="ratio"]').fill('20');
    await page.getByRole('button', { name: 'Detect', exact: true }).click();
    await page.said('1 rise with these settings.');
    expect(await page.begins()).toEqual(['195']);
    await page.locator('#detectors').scrollIntoViewIfNeeded();
    await picture(page, 'folder-detected-again');
    await page.locator('#as-recorded').click();
    await expect.poll(page.begins).toEqual(recordedBegins);
    expect(page.mistakes).toEqual([]);
  });

  it('is the same from its two files, dropped or chosen together', async () => {
    const page = await emptyPage();
    await dropFiles(page, [events('first'), steps('first')]);
    await page.said('300 rows of steps.arrows.');
    await expect.poll(page.begins).toHaveLength(2);
    const chosen = await emptyPage();
    await chosen.locator('#file').setInputFiles([steps('first'), events('first')]);
    await chosen.said('300 rows of steps.arrows.');
    await expect.poll(chosen.begins).toEqual(await page.begins());
    expect([...page.mistakes, ...chosen.mistakes]).toEqual([]);
  });

  it('is compared with others of the same drop', async () => {
    const page = await emptyPage();
    await dropFiles(page, [directory]);
    await page.said('600 rows of 2 runs.');
    await expect.poll(() => page.locator('#runs tbody tr').count()).toBe(2);
    await expect
      .poll(() => page.locator('#events-rows [data-name="Run"]').allTextContents())
      .toEqual(expect.arrayContaining(['evidenced (first)', 'evidenced (second)']));
    expect(await page.begins()).toHaveLength(4);
    await page.waitForTimeout(300);
    await picture(page, 'folders');
    expect(page.mistakes).toEqual([]);
  });

  it('says what is missing of it, and what does not belong to it', async () => {
    const page = await emptyPage();
    await dropFiles(page, [steps('first')]);
    await page.said(
      '300 rows of steps.arrows. The events of steps.arrows are in its events.arrows: drop both, or their folder.',
    );
    await page.locator('#events').waitFor({ state: 'hidden' });
    await settles(page, '#status span', 'recorded, without its events');
    // Nobody has counted them.
    expect(await page.locator('[data-tile="catapults"]').count()).toBe(0);
    await picture(page, 'steps-alone');
    await dropFiles(page, [steps('first'), events('second')]);
    await page.said(
      /^Not opened: steps\.arrows \(of 'evidenced'\) and events\.arrows \(of 'evidenced'\) were not written/,
    );
    await picture(page, 'not-of-one-run');
    await dropFiles(page, [events('first')]);
    await page.said(/^Not opened: events\.arrows has only the events of 'evidenced': expected the table of its steps/);
    await dropFiles(page, [join(folder('first'), 'checkpoints')]);
    await page.said('Not opened: checkpoints has no Arrow file.');
    // Both at last: the run is listed once.
    await dropFiles(page, [steps('first'), events('first')]);
    await expect.poll(page.begins).toHaveLength(2);
    await settles(page, '#status span', 'recorded');
    await settles(page, '[data-tile="catapults"] p', '1');
    expect(await page.locator('#runs').isVisible()).toBe(false);
    expect(page.mistakes).toEqual([]);
  });
});
