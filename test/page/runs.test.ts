import { describe, expect, it } from 'vitest';
import { picture } from './browser.ts';
import { pixels, play, serve, settles, text, visit } from './visiting.ts';

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
    await page.locator('#runs select').selectOption('seed');
    await expect
      .poll(() =>
        page.locator('#runs .swatch').evaluateAll((all) => all.map((each) => (each as HTMLElement).style.borderColor)),
      )
      .toEqual(['var(--shade-6)', 'var(--shade-4)', 'var(--shade-1)']);
    await picture(page, 'runs');
    // The first is the one whose events and numbers are told.
    await page.getByRole('button', { name: 'seed 1' }).click();
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
});
