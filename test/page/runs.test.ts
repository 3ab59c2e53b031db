import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { picture } from './browser.ts';
import { pixels, play, serve, settles, shownSteps, text, visit } from './visiting.ts';

describe('several runs', () => {
  it('are listed, shown over each other, compared, and found again by the address', async () => {
    const server = await serve();
    for (const seed of [1, 2, 3]) {
      const run = play(server, `seed ${seed}`, { seed, spec: { width: 64 } });
      run.to(100 * seed);
      run.source.complete();
    }
    const page = await visit(server.url);
    await settles(page, '#name', 'seed 3');
    await settles(page, '#step', '300');
    const names = () => page.locator('#runs tbody tr td:nth-child(2)').allTextContents();
    expect(await names()).toEqual(['seed 3', 'seed 2', 'seed 1']);
    await page.locator('#runs input').nth(1).check();
    await page.locator('#runs input').nth(2).check();
    await expect.poll(() => page.locator('[data-panel="loss"] .legend b').first().locator('span').count()).toBe(3);
    await page.waitForTimeout(300);
    // The second and the third run have the second and the third colour.
    expect(await pixels(page, 'lambda', 'orange')).toBeGreaterThan(50);
    expect(await pixels(page, 'lambda', 'green')).toBeGreaterThan(50);
    const heads = await page.locator('#runs thead th').allTextContents();
    expect(heads).toContain('seed');
    expect(heads).not.toContain('width');
    const cells = await page.locator('#runs tbody tr').first().locator('td').allTextContents();
    expect(cells[heads.indexOf('seed')]).toBe('3');
    expect(cells[heads.indexOf('Rows')]).toBe('301');
    await page.locator('#colour-by').selectOption('seed');
    await expect
      .poll(() =>
        page.locator('#runs .swatch').evaluateAll((all) => all.map((each) => (each as HTMLElement).style.borderColor)),
      )
      .toEqual(['var(--shade-6)', 'var(--shade-4)', 'var(--shade-1)']);
    await picture(page, 'runs');
    // The first is the one whose events and numbers are told.
    await page.getByRole('button', { name: 'seed 1', exact: true }).click();
    await settles(page, '#name', 'seed 1');
    await settles(page, '#step', '100');
    await expect.poll(() => page.url()).toContain('runs=');
    const again = await visit(page.url());
    await expect.poll(() => again.locator('#runs input:checked').count()).toBe(3);
    await page.getByRole('button', { name: 'Follow the latest' }).click();
    await settles(page, '#name', 'seed 3');
    await expect.poll(() => page.url()).toBe(server.url);
    play(server, 'seed 4').to(10);
    await settles(page, '#name', 'seed 4');
    // Who has chosen runs keeps them.
    await expect.poll(() => again.locator('#runs tbody tr').count()).toBe(4);
    expect(await again.locator('#runs input:checked').count()).toBe(3);
    expect(await text(again, '#status span')).toBe('complete');
    expect([...page.mistakes, ...again.mistakes]).toEqual([]);
  });

  it('have their events on every chart, each in the colour of its run, and in one table that says whose they are', async () => {
    const server = await serve();
    for (const seed of [1, 2]) play(server, `seed ${seed}`, { seed }).to(200 * seed);
    const page = await visit(server.url);
    await settles(page, '#step', '400');
    expect(await page.locator('#events th[data-key="run"]').isVisible()).toBe(false);
    expect(await pixels(page, 'lambda', 'orange', 'above the plot')).toBe(0);
    await page.getByRole('button', { name: 'Show all 2' }).click();
    await expect.poll(() => page.locator('#events-rows tr').count()).toBe(3);
    await expect
      .poll(() => page.locator('#events-rows [data-name="Run"]').allTextContents())
      .toEqual(['seed 2', 'seed 2', 'seed 1']);
    await page.waitForTimeout(300);
    for (const panel of ['loss', 'lambda', 'alignment']) {
      // The markers of both lie at one place but for the second of the run that went on; the focused run's are on top.
      expect(await pixels(page, panel, 'blue', 'above the plot')).toBeGreaterThan(20);
    }
    await page.locator('#events th[data-key="run"] button').click();
    await expect.poll(() => page.locator('#events-rows [data-name="Run"]').first().textContent()).toBe('seed 1');
    // An event of another run: that run is then the one whose numbers are told.
    await page.getByRole('button', { name: 'Zoom to the catapult at step 90 of seed 1' }).click();
    await settles(page, '#name', 'seed 1');
    await settles(page, '#evidence h2', /catapult at step 90$/);
    await expect.poll(async () => (await shownSteps(page))[1]).toBeLessThan(200);
    await page.waitForTimeout(300);
    await page.keyboard.press('Escape');
    await page.waitForTimeout(300);
    // The second catapult of the other run, in its own colour.
    expect(await pixels(page, 'lambda', 'orange', 'above the plot')).toBeGreaterThan(20);
    await picture(page, 'markers-of-two');
    expect(page.mistakes).toEqual([]);
  });

  it('that differ in their seed only are shown by mean and spread, by an address too', async () => {
    const server = await serve();
    for (const width of [64, 128])
      for (const seed of [1, 2, 3]) {
        const run = play(server, `w${width} s${seed}`, { seed, spec: { width } });
        run.to(60 + 20 * seed + width);
        run.source.complete();
      }
    const page = await visit(server.url);
    await settles(page, '#name', 'w128 s3');
    await page.getByRole('button', { name: 'Show all 6' }).click();
    await page.locator('#seeds select').selectOption('range');
    const means = () => page.locator('#runs tr.mean [data-name="Run"]').allTextContents();
    await expect.poll(means).toEqual(['Mean: width 128, 3 seeds', 'Mean: width 64, 3 seeds']);
    const rows = page.locator('#runs tr.mean [data-name="Rows"]').first();
    await expect.poll(() => rows.textContent()).toBe('209 to 249');
    const label = () => page.locator('[data-panel="lambda"] .plot').getAttribute('aria-label');
    await expect.poll(label).toContain('6 runs, as 2 means over seeds');
    expect(await page.locator('[data-panel="loss"] h2 small').textContent()).toBe(
      'log scale, geometric mean and range',
    );
    expect(await page.locator('[data-panel="loss"] .legend b').first().locator('span').count()).toBe(2);
    await page.waitForTimeout(300);
    await picture(page, 'means');
    expect(await pixels(page, 'lambda', 'blue')).toBeGreaterThan(100);
    expect(await pixels(page, 'lambda', 'orange')).toBeGreaterThan(100);
    expect(await pixels(page, 'lambda', 'green')).toBe(0);
    await page.locator('#seeds select').selectOption('deviation');
    await page.locator('#colour-by').selectOption('spec.width');
    await expect.poll(() => page.url()).toMatch(/seeds=deviation&color=spec\.width$/);
    const again = await visit(page.url());
    await expect.poll(() => again.locator('#runs tr.mean').count()).toBe(2);
    expect(await again.locator('#seeds select').inputValue()).toBe('deviation');
    await expect.poll(() => again.locator('#colour-by').inputValue()).toBe('spec.width');
    await settles(again, '[data-panel="lambda"] h2 small', /mean ± sd$/);
    expect([...page.mistakes, ...again.mistakes]).toEqual([]);
  });

  it('are saved with every number', async () => {
    const server = await serve();
    play(server, 'whole').to(300);
    const page = await visit(server.url);
    await settles(page, '#step', '300');
    await page.locator('tr[data-begin="90"] button').click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'CSV of all' }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toBe('whole.csv');
    const lines = (await readFile(await saved.path(), 'utf8')).trimEnd().split('\n');
    // Whatever part of the run is shown.
    expect(lines).toHaveLength(302);
    expect(lines[0]).toMatch(/^run,step,epoch,.*loss,.*tangentKernel\.lambdaMax/);
    const at = lines[0]!.split(',').indexOf('evaluation.testLoss');
    expect(lines[5]!.split(',')[at]).toBe('');
    expect(Number(lines[11]!.split(',')[at])).toBeGreaterThan(0);
    expect(page.mistakes).toEqual([]);
  });
});
