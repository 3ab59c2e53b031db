import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/step.ts';
import { picture } from './browser.ts';
import { planted, syntheticRow, syntheticRun } from './syntheticRun.ts';
import { breakable, pixels, play, serve, settles, shownSteps, text, visit } from './visiting.ts';

describe('the page', () => {
  it('shows a late visitor the whole run: numbers, charts, marks and spikes', async () => {
    const server = await serve();
    play(server).to(planted.end);
    const page = await visit(server.url);
    await settles(page, '#step', '560');
    await settles(page, '#status span', 'live');
    expect(await text(page, '#name')).toBe('catapults, d=50 n=300 m=512');
    expect(
      await page.locator('#charts .panel').evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset.panel)),
    ).toEqual(['loss', 'split', 'lambda', 'alignment', 'rate', 'norm-norm']);
    expect(await text(page, '[data-tile="train"] p')).toBe('NaN');
    expect(await text(page, '[data-tile="ratio"] small')).toBe('above critical');
    expect(await text(page, '[data-tile="catapults"] p')).toBe('2');
    expect(await text(page, '[data-tile="catapults"] small')).toBe('latest: divergence at 524');
    // Newest first, one row for each rise, and of two reports the one that knows more.
    const table = await page
      .locator('#events-rows tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((each) => each.textContent)));
    expect(table.map(([begin, , verdict]) => [begin, verdict])).toEqual([
      ['524', 'divergence'],
      ['260', 'catapult'],
      ['90', 'catapult'],
    ]);
    expect(table[2]).toEqual([
      '90',
      '×8.91',
      'catapult',
      '96 %',
      '121',
      '31 steps',
      '98 %',
      '4.2 → 3.1',
      expect.stringContaining('98 % of the rise was in the top eigenspace'),
    ]);
    expect(await text(page, '#events-count')).toBe('1 divergence, 2 catapults');
    for (const panel of ['loss', 'split', 'lambda', 'alignment', 'rate', 'norm-norm']) {
      await page.locator(`[data-panel="${panel}"]`).scrollIntoViewIfNeeded();
      await page.waitForTimeout(100);
      expect(await pixels(page, panel, 'verdict-catapult', 'above the plot'), `markers on ${panel}`).toBeGreaterThan(
        40,
      );
      expect(await pixels(page, panel, 'verdict-divergence', 'above the plot'), `markers on ${panel}`).toBeGreaterThan(
        8,
      );
    }
    expect(await pixels(page, 'loss', 'undrawable'), 'NaN and infinity are marked').toBeGreaterThan(15);
    expect(await pixels(page, 'loss', 'orange'), 'the sparse test loss is drawn').toBeGreaterThan(150);
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, 'light');
    expect(page.mistakes).toEqual([]);
  });

  it('is small, comes with a policy that lets nothing else in, and is never stale', async () => {
    const server = await serve();
    const document = await fetch(server.url);
    expect(document.headers.get('cache-control')).toBe('no-cache');
    expect(document.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    const html = await document.text();
    const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, file]) => file!);
    expect(files).toHaveLength(3);
    let bytes = gzipSync(html).length;
    for (const file of files) {
      const answer = await fetch(server.url + file);
      expect(answer.status).toBe(200);
      if (file.startsWith('assets/')) expect(answer.headers.get('cache-control')).toContain('immutable');
      const body = Buffer.from(await answer.arrayBuffer());
      bytes += gzipSync(body).length;
      // What is loaded later counts as well.
      for (const [, later] of body.toString().matchAll(/["'`]\.?\/?((?:assets\/)?[\w.-]+-[\w-]{8}\.js)["'`]/g)) {
        const path = later!.startsWith('assets/') ? later! : `assets/${later}`;
        if (!files.includes(path)) files.push(path);
      }
    }
    expect(files.length, 'with the readers of files and the detectors').toBeGreaterThanOrEqual(5);
    expect(bytes).toBeLessThan(300_000);
    expect((await fetch(`${server.url}assets/none.js`)).status).toBe(404);
  });

  it('follows a run that goes on, and says how it ended', async () => {
    const server = await serve();
    const page = await visit(server.url);
    await settles(page, '#status span', 'waiting for the first step');
    await picture(page, 'waiting');
    const run = play(server);
    run.to(60);
    await settles(page, '#step', '60');
    expect(await page.locator('#events').isVisible()).toBe(false);
    run.to(94);
    await settles(page, '#events-rows .badge', 'undecided');
    run.to(130);
    await settles(page, '#events-rows .badge', 'catapult');
    await picture(page, 'live');
    run.source.error(new Error('out of memory'));
    await settles(page, '#status span', 'failed: out of memory');
    expect(page.mistakes).toEqual([]);
  });

  it('zooms all charts by dragging, to a spike by its row, and back', async () => {
    const server = await serve();
    play(server).to(planted.end);
    const page = await visit(server.url);
    await settles(page, '#step', '560');
    await page.waitForTimeout(200);
    expect(await shownSteps(page)).toEqual([0, 560]);
    const over = (await page.locator('[data-panel="loss"] .u-over').boundingBox())!;
    await page.mouse.move(over.x + over.width * 0.25, over.y + 50);
    await page.mouse.down();
    await page.mouse.move(over.x + over.width * 0.4, over.y + 60, { steps: 4 });
    await page.mouse.move(over.x + over.width * 0.5, over.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(200);
    const [left, right] = await shownSteps(page);
    expect(left).toBeGreaterThan(135);
    expect(left).toBeLessThan(145);
    expect(right).toBeGreaterThan(275);
    expect(right).toBeLessThan(285);
    await picture(page, 'zoomed');
    await page.mouse.dblclick(over.x + 200, over.y + 60);
    await page.waitForTimeout(200);
    expect(await shownSteps(page)).toEqual([0, 560]);
    await page.locator('tr[data-begin="90"] button').click();
    await page.waitForTimeout(200);
    const [from, to] = await shownSteps(page);
    expect(from).toBeGreaterThan(40);
    expect(to).toBeLessThan(170);
    await picture(page, 'zoomed-to-spike');
    await page.keyboard.press('Escape');
    await page.waitForTimeout(200);
    expect(await shownSteps(page)).toEqual([0, 560]);
    await page.locator('#evidence').waitFor({ state: 'hidden' });
    // The cursor is on all charts at once, and the legends tell the values under it.
    const again = (await page.locator('[data-panel="loss"] .u-over').boundingBox())!;
    await page.mouse.move(again.x + again.width * 0.5, again.y + 60);
    await settles(page, '[data-panel="alignment"] .at', /^at 2(79|80|81)$/);
    expect(page.mistakes).toEqual([]);
  });

  it('is dark where the system is, and where it is told to be', async () => {
    const server = await serve();
    play(server).to(planted.end);
    const paper = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const page = await visit(server.url, { colorScheme: 'dark' });
    await settles(page, '#step', '560');
    expect(await paper(page)).toBe('rgb(16, 21, 26)');
    await page.waitForTimeout(200);
    expect(await pixels(page, 'loss', 'blue')).toBeGreaterThan(300);
    await picture(page, 'dark', true);
    await page.locator('#theme').click();
    await page.locator('#theme').click();
    expect(await text(page, '#theme')).toBe('Theme: light');
    expect(await paper(page)).toBe('rgb(245, 246, 247)');
    await page.waitForTimeout(200);
    expect(await pixels(page, 'loss', 'blue')).toBeGreaterThan(300);
    await page.reload();
    await settles(page, '#step', '560');
    expect(await paper(page)).toBe('rgb(245, 246, 247)');
    expect(page.mistakes).toEqual([]);
  });

  it('has room on a phone', async () => {
    const server = await serve();
    play(server).to(planted.end);
    const page = await visit(server.url, { width: 390, height: 844, mobile: true });
    await settles(page, '#step', '560');
    await page.waitForTimeout(200);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    for (let top = 0; top < 3000; top += 500) {
      await page.mouse.wheel(0, 500);
      await page.waitForTimeout(60);
    }
    await picture(page, 'phone', true);
    expect(page.mistakes).toEqual([]);
  });

  it('goes on after a lost connection, and begins again after a server that is new', async () => {
    const server = await serve();
    const run = play(server);
    run.to(200);
    const line = await breakable(server.port);
    const page = await visit(`http://127.0.0.1:${line.port}/`);
    await settles(page, '#step', '200');
    line.cut();
    await settles(page, '#status span', /^reconnect/);
    run.to(300);
    await settles(page, '#toast', 'Connected again: going on from row 201.');
    await settles(page, '#step', '300');
    expect(await page.locator('#events-rows tr').count()).toBe(2);
    await picture(page, 'reconnected');
    line.cut(false);
    await settles(page, '#status span', /^reconnecting in/);
    await picture(page, 'lost');
    await server.close();
    const another = await serve();
    play(another, 'another run').to(40);
    line.lead(another.port);
    await settles(page, '#name', 'another run');
    await settles(page, '#step', '40');
    expect(await page.locator('#charts .panel').count()).toBe(6);
    expect(await page.locator('#events').isVisible()).toBe(false);
  });

  it('folds away what it does not know, by unit, and hides nothing', async () => {
    const server = await serve();
    play(server).to(100);
    const page = await visit(server.url);
    await settles(page, '#more summary', '1 more measurement');
    await page.locator('#more summary').click();
    const titles = await page.locator('#more h2').allTextContents();
    expect(titles).toHaveLength(1);
    expect(titles[0]).toContain('Yes (1) or no (0)');
    expect(await page.locator('#more .legend').textContent()).toContain('clipped');
    await page.locator('#more').scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
    await picture(page, 'more', true);
    expect(page.mistakes).toEqual([]);
  });

  it('asks for the token where there is one, and never puts it into an address', async () => {
    const token = 'a secret of enough length';
    const server = await serve({ token });
    play(server).to(10);
    const page = await visit(server.url);
    await settles(page, '#status span', 'token needed');
    await page.locator('#token-field').fill('wrong');
    await page.locator('#token button').click();
    await settles(page, '#status span', 'token needed');
    await page.locator('#token-field').fill(token);
    await page.locator('#token button').click();
    await settles(page, '#step', '10');
    expect(await page.locator('#token').isVisible()).toBe(false);
    const linked = await visit(`${server.url}#token=${encodeURIComponent(token)}`);
    await settles(linked, '#step', '10');
    expect(linked.url()).toBe(server.url);
    expect(linked.mistakes).toEqual([]);
  });

  it('says where it was sent extremes instead of rows, and shows them', async () => {
    const server = await serve({ historyBytes: 300_000 });
    const run = syntheticRun('thinned');
    const live = server.begin(run);
    for (let step = 0; step < 20_000; step++) {
      const row = syntheticRow(run, step % 80) as Row & { loss: number };
      const loss = step === 1234 ? 50_000 : row.loss;
      live.append(Object.assign(row, { step, time: step, loss, spikes: null, catapults: null }));
    }
    const page = await visit(server.url);
    await settles(page, '#step', /^19.999$/u);
    await settles(page, '#thinned', /^1\d.\d{3} rows by their extremes$/u);
    await page.getByText('Log time', { exact: true }).click();
    await page.waitForTimeout(300);
    // 50 000 is among them: the axis reaches so far.
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy the numbers of Loss', exact: true }).click();
    await settles(page, '#toast', 'Copied the numbers.');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(',loss,1234,1234,50000');
    expect(page.mistakes).toEqual([]);
  });

  it('draws 100 000 rows without stutter, and loses no spike of one sample', async () => {
    const server = await serve();
    const run = syntheticRun('long');
    const live = server.begin(run);
    for (let step = 0; step < 100_000; step++) {
      const row = syntheticRow(run, step % 80) as Row & { loss: number };
      live.append(
        Object.assign(row, { step, loss: step === 61_803 ? 50_000 : row.loss, spikes: null, catapults: null }),
      );
    }
    const page = await visit(server.url);
    await settles(page, '#step', /^99.999$/u, 40_000);
    await page.waitForTimeout(300);
    await picture(page, 'long');
    const frames = await page.evaluate(async () => {
      const plot = document.querySelector('[data-panel="loss"] .u-over')!;
      const box = plot.getBoundingClientRect();
      const times: number[] = [];
      for (let i = 0; i < 12; i++) {
        const drag = (type: string, x: number) =>
          plot.dispatchEvent(
            new MouseEvent(type, { clientX: box.left + x, clientY: box.top + 40, bubbles: true, button: 0 }),
          );
        drag('mousemove', 100 + i);
        drag('mousedown', 100 + i);
        drag('mousemove', 800 - i);
        await new Promise(requestAnimationFrame);
        const started = performance.now();
        drag('mouseup', 800 - i);
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - started);
        plot.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
        await new Promise(requestAnimationFrame);
      }
      return times.sort((a, b) => a - b);
    });
    console.log(
      `five charts of 100 000 rows: median frame ${frames[6]!.toFixed(1)} ms, worst ${frames[11]!.toFixed(1)} ms`,
    );
    expect(frames[6]).toBeLessThan(150);
    expect(page.mistakes).toEqual([]);
  });
});
