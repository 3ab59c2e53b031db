import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ControlMessage } from '../../src/training/control.ts';
import { picture } from './browser.ts';
import { play, serve, settles, visit } from './visiting.ts';

const controlToken = 'a control token long enough';

function controlled() {
  const control$ = new Subject<ControlMessage>();
  const received: ControlMessage[] = [];
  control$.subscribe((message) => received.push(message));
  return { control$, received };
}

describe('control from the page', () => {
  it('asks for the control token, and hands every action to the trainer and to the table of events', async () => {
    const server = await serve({ controlToken });
    const { control$, received } = controlled();
    const run = play(server, 'steered', {}, control$);
    run.to(200);
    const page = await visit(server.url);
    await settles(page, '#step', '200');
    await page.locator('#control-toggle').click();
    await page.locator('#control-field').fill('not the token at all');
    await page.locator('#control .unlock button').click();
    await settles(page, '#control output', /^Not let in: /);
    await page.locator('#control-field').fill(controlToken);
    await page.locator('#control .unlock button').click();
    await page.locator('[data-action="pause"]').click();
    await settles(page, '#control output', 'Handed to the trainer.');
    await settles(page, '#status span', 'paused');
    await page.locator('[data-action="checkpoint"]').click();
    await page.locator('[data-action="resume"]').click();
    await expect.poll(() => received.map(({ type }) => type)).toEqual(['pause', 'checkpoint', 'resume']);
    await expect.poll(() => page.locator('#events-rows .badge.verdict-control').count()).toBe(3);
    await settles(page, '#status span', 'live');
    expect(page.url()).not.toContain('token');
    expect(page.mistakes).toEqual([]);
  });

  it('pulls the rate over the critical one, which is marked', async () => {
    const server = await serve({ controlToken });
    const { control$, received } = controlled();
    const run = play(server, 'steered', {}, control$);
    run.to(60);
    const page = await visit(`${server.url}#control=${encodeURIComponent(controlToken)}`);
    await settles(page, '#step', '60');
    expect(page.url()).not.toContain('control=');
    await page.locator('#control-toggle').click();
    // 2 over the kernel's largest eigenvalue, 4.2.
    await settles(page, '#control .critical', /^critical 0\.4\d+$/);
    const slider = page.locator('#control input[type="range"]');
    const mark = (await page.locator('#control .critical').boundingBox())!.x;
    const track = (await slider.boundingBox())!;
    await page.mouse.move(mark - 30, track.y + track.height / 2);
    await page.mouse.down();
    await page.mouse.move(mark + 15, track.y + track.height / 2, { steps: 5 });
    await settles(page, '#control .ratio', /^1\.\d+ × critical$/);
    await picture(page, 'control');
    expect(received).toEqual([]);
    await page.mouse.up();
    await expect.poll(() => received.length).toBe(1);
    const [message] = received;
    expect(message!.type).toBe('setLearningRate');
    expect((message as { value: number }).value).toBeGreaterThan(0.476);
    await settles(page, '#events-rows .badge', 'rate set');
    await page.locator('#rate-field').fill('0.25');
    await page.locator('#rate-field').press('Enter');
    await expect.poll(() => received.at(-1)).toEqual({ type: 'setLearningRate', value: 0.25 });
    run.to(61);
    run.source.complete();
    await settles(page, '#status span', 'complete');
    await expect.poll(() => page.locator('[data-action="stop"]').isDisabled()).toBe(true);
    expect(page.mistakes).toEqual([]);
  });
});
