import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Run } from '../../src/run.ts';
import { type Row, trainingStepColumns } from '../../src/step.ts';
import { picture } from './browser.ts';
import { planted } from './syntheticRun.ts';
import { pixels, play, serve, settles, shownSteps, visit } from './visiting.ts';

const label = (page: Page) => page.locator('[data-panel="loss"] .plot').getAttribute('aria-label');

describe('the axis', () => {
  it('is step, continuous time or its logarithm, for all charts, and part of the address', async () => {
    const server = await serve();
    play(server).to(planted.end);
    const page = await visit(server.url);
    await settles(page, '#step', '560');
    await page.locator('tr[data-begin="260"] button').click();
    await expect.poll(() => label(page)).toMatch(/steps 2\d\d to 3\d\d;/);
    const [from, to] = await shownSteps(page);
    await page.getByText('Log time', { exact: true }).click();
    await expect.poll(() => label(page)).toContain('log time, time ');
    await picture(page, 'log-time');
    await page.getByText('Step', { exact: true }).click();
    // The same rows are shown, as far as two of them have one time.
    await expect.poll(async () => (await shownSteps(page)).length).toBe(2);
    const [left, right] = await shownSteps(page);
    expect(Math.abs(left! - from!)).toBeLessThan(2);
    expect(Math.abs(right! - to!)).toBeLessThan(2);
    await page.getByText('Time', { exact: true }).click();
    await page.locator('#smoothing').fill('4');
    await page.locator('[data-panel="loss"] .legend button').last().click();
    await expect.poll(() => new URL(page.url()).hash).toMatch(/axis=time.*x=.*smooth=20.*hide=.*event=rise-260/);
    await page.waitForTimeout(300);
    await picture(page, 'smoothed');
    const again = await visit(page.url());
    await settles(again, '#step', '560');
    await expect.poll(() => label(again)).toBe(await label(page));
    await expect.poll(() => again.locator('#evidence h2').textContent()).toContain('catapult at step 260');
    expect(await again.locator('[data-panel="loss"] .legend button').last().getAttribute('aria-pressed')).toBe('false');
    expect([...page.mistakes, ...again.mistakes]).toEqual([]);
  });

  it('obeys the keyboard', async () => {
    const server = await serve();
    play(server).to(planted.end);
    const page = await visit(server.url);
    await settles(page, '#step', '560');
    await page.locator('[data-panel="loss"] .plot').focus();
    await page.keyboard.press('ArrowRight');
    await settles(page, '[data-panel="split"] .at', /^at 28\d$/);
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    await expect.poll(async () => (await shownSteps(page))[1]! - (await shownSteps(page))[0]!).toBe(140);
    const [before] = await shownSteps(page);
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(async () => (await shownSteps(page))[0]! - before!).toBe(-28);
    await page.keyboard.press('Home');
    await expect.poll(() => shownSteps(page)).toEqual([0, 560]);
    await page.keyboard.press('n');
    await settles(page, '#evidence h2', /catapult at step 90$/);
    await page.keyboard.press('n');
    await settles(page, '#evidence h2', /catapult at step 260$/);
    await page.keyboard.press('p');
    await settles(page, '#evidence h2', /catapult at step 90$/);
    // Before, at the peak, after.
    const row = page.locator('#evidence tbody tr', { hasText: 'Kernel λ max' }).locator('td');
    const [lambdaBefore, , lambdaAfter] = (await row.allTextContents()).map(Number);
    expect(lambdaBefore).toBeGreaterThan(4);
    expect(lambdaAfter).toBeLessThan(3.3);
    await page.keyboard.press('Escape');
    await page.locator('#evidence').waitFor({ state: 'hidden' });
    expect(page.mistakes).toEqual([]);
  });

  it('shows a late change of generalisation where it was, and when it could be known', async () => {
    const server = await serve();
    const evaluation = ['trainAccuracy', 'testAccuracy'].map((name) => ({
      name,
      type: 'float64' as const,
      unit: 'accuracy',
      meaning: '',
    }));
    const run = new Run('grokking', [
      ...trainingStepColumns,
      { name: 'evaluation', meaning: '', columns: evaluation },
      { name: 'phaseTransitions', meaning: '', role: 'event', nullable: true, columns: [] },
    ]);
    const live = server.begin(run);
    const common = { kind: 'transition', class: 'grokking', direction: 'up', begin: 2000, memorised: 1 };
    for (let step = 0; step <= 10_000; step++) {
      const time = step * 0.1;
      const testAccuracy = 0.1 + 0.9 / (1 + Math.exp(-8 * Math.log(Math.max(time, 1e-9) / 300)));
      const times = { onset: 200, t10: 228, t50: 300, t90: 395, width: 0.55, before: 0.1, after: 1 };
      const report = { ...common, ...times, state: 'closed', confirmedAt: 8000, evidence: 'the test accuracy rose' };
      const row = { run, step, epoch: step, time, seconds: step / 1000, loss: 1 / (1 + time), learningRate: 0.1 };
      const trained = { trainAccuracy: Math.min(1, 0.1 + time), testAccuracy };
      live.append({ ...row, evaluation: trained, phaseTransitions: step === 8000 ? report : null } as Row);
    }
    const page = await visit(`${server.url}#axis=logTime`);
    await settles(page, '#step', /^10.000$/u);
    await settles(page, '#events-rows .badge', 'grokking');
    expect(await page.locator('#events-rows td[data-name="Known at"]').textContent()).toMatch(/^8.000$/u);
    await page.waitForTimeout(200);
    // A band, a marker, and a line at time 800: later than everything of the change.
    expect(await pixels(page, 'accuracy', 'verdict-catapult', 'above the plot')).toBeGreaterThan(20);
    await page.locator('#events-rows tr').click();
    await settles(page, '#evidence h2', /grokking at step 2.000$/u);
    const heads = await page.locator('#evidence thead th').allTextContents();
    expect(heads.map((head) => head.replace(/ step .*/u, ''))).toEqual([
      '',
      'memorised',
      '10 %',
      '50 %',
      '90 %',
      'now',
      'change',
    ]);
    const accuracy = page.locator('#evidence tbody tr', { hasText: 'accuracy, test' }).locator('td');
    expect(Number((await accuracy.allTextContents())[2])).toBeCloseTo(0.55, 2);
    await picture(page, 'grokking', true);
    expect(page.mistakes).toEqual([]);
  });
});

describe('what a chart shows', () => {
  it('can be taken as a picture and as numbers, every one of them', async () => {
    const server = await serve();
    play(server).to(planted.end);
    const page = await visit(server.url);
    await settles(page, '#step', '560');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('[data-panel="loss"]').hover();
    await page.getByRole('button', { name: 'Copy the numbers of Loss', exact: true }).click();
    await settles(page, '#toast', 'Copied the numbers.');
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).trim().split('\n');
    expect(lines[0]).toBe('run,series,step,value');
    expect(lines.filter((line) => line.includes(',loss,'))).toHaveLength(561);
    expect(lines.at(561)).toBe('"catapults, d=50 n=300 m=512",loss,560,NaN');
    await page.getByRole('button', { name: 'Copy Loss as a picture', exact: true }).click();
    await settles(page, '#toast', 'Copied the picture.');
    const types = await page.evaluate(async () => (await navigator.clipboard.read()).map(({ types }) => types));
    expect(types).toEqual([['image/png']]);
    expect(page.mistakes).toEqual([]);
  });
});
