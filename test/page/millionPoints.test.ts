import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { picture } from './browser.ts';
import { recorded } from './recorded.ts';
import { serve, settles, visit } from './visiting.ts';

describe('a million points of eight series', () => {
  it('move without stutter, and lose no spike of one sample at any zoom', async () => {
    const count = 1_000_000;
    const others = Array.from({ length: 6 }, (_, i) => `measure${i + 1}`);
    const number = (name: string, unit: string) => ({ name, type: 'float64' as const, unit, meaning: '' });
    const run = new Run('million', [
      { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
      number('loss', 'loss'),
      number('val_loss', 'loss'),
      ...others.map((name) => number(name, 'measure')),
    ]);
    const spikes = [7, 123_456, 314_159, 500_000, 618_033, 777_777, 990_001];
    const planted = new Set(spikes);
    const path = await recorded('million.arrows', count, (step) => {
      const row = { run, step, loss: planted.has(step) ? 50 : 1 + 0.1 * Math.sin(step * 0.7), val_loss: 1.5 } as Row;
      for (let i = 0; i < 6; i++)
        (row as unknown as Record<string, number>)[others[i]!] = Math.sin(step * 0.001 * (i + 1)) + i;
      return row;
    });
    const server = await serve();
    const page = await visit(server.url);
    await page.locator('#file').setInputFiles(path);
    await settles(page, '#step', /^999.999$/u, 50_000);
    await page.waitForTimeout(500);
    await picture(page, 'million');
    const { lost, levels, times } = await page.evaluate(async (steps) => {
      const panel = document.querySelector('[data-panel="loss"]')!;
      const place = panel.querySelector<HTMLElement>('.plot')!;
      const frame = () => new Promise(requestAnimationFrame);
      const extent = () =>
        place
          .getAttribute('aria-label')!
          .match(/steps (-?\d+) to (\d+)/)!
          .slice(1)
          .map(Number);
      const blue = document.createElement('canvas').getContext('2d')!;
      blue.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--blue');
      blue.fillRect(0, 0, 1, 1);
      const [red, green] = blue.getImageData(0, 0, 1, 1).data;
      const times: number[] = [];
      const lost: string[] = [];
      let levels = 0;
      for (const step of steps) {
        for (let zoom = 0; zoom < 42; zoom++) {
          const over = panel.querySelector<HTMLElement>('.u-over')!.getBoundingClientRect();
          const [left, right] = extent();
          const at = ((step - left!) / (right! - left!)) * over.width;
          if (zoom % 6 === 0) {
            const canvas = panel.querySelector('canvas')!;
            const box = canvas.getBoundingClientRect();
            // The spike alone reaches into the upper half.
            const x = Math.round(over.left - box.left + at);
            const [from, height] = [Math.round(over.top - box.top), Math.round(over.height / 2)];
            const { data } = canvas.getContext('2d')!.getImageData(Math.max(0, x - 3), from, 7, height);
            let drawn = 0;
            for (let i = 0; i < data.length; i += 4) {
              if (Math.abs(data[i]! - red!) < 60 && Math.abs(data[i + 1]! - green!) < 60) drawn++;
            }
            if (drawn < height * 0.5) lost.push(`${step} within ${left} to ${right}`);
            levels++;
          }
          const turn = { deltaY: -1, ctrlKey: true, clientX: over.left + at, clientY: over.top + 20 };
          const started = performance.now();
          place.dispatchEvent(new WheelEvent('wheel', { ...turn, bubbles: true, cancelable: true }));
          await frame();
          times.push(performance.now() - started);
        }
        for (let pan = 0; pan < 10; pan++) {
          const started = performance.now();
          const key = pan < 5 ? 'ArrowLeft' : 'ArrowRight';
          place.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey: true, bubbles: true }));
          await frame();
          times.push(performance.now() - started);
        }
        place.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home', bubbles: true }));
        await frame();
        await frame();
      }
      return { lost, levels, times: times.sort((a, b) => a - b) };
    }, spikes);
    expect(lost).toEqual([]);
    expect(levels).toBe(49);
    const part = (all: readonly number[], share: number) => all[Math.floor(share * (all.length - 1))]!;
    const told = (all: readonly number[]) =>
      `median ${part(all, 0.5).toFixed(1)} ms, 95 % ${part(all, 0.95).toFixed(1)} ms, worst ${part(all, 1).toFixed(1)} ms`;
    const { zoom, pan } = await processorTimes(page);
    console.log(
      `1 M points x 8 series, wall time of a frame: ${told(times)}; processor time of the page's thread, zoom: ${told(zoom)}, pan: ${told(pan)}`,
    );
    // Other work on the machine makes the wall slower; the processor time of a frame hardly.
    expect(
      part(
        [...zoom, ...pan].sort((a, b) => a - b),
        0.5,
      ),
    ).toBeLessThan(33);
    expect(page.mistakes).toEqual([]);
  }, 150_000);
});

/** What each turn of the wheel and each step to the side costs the thread of the page, in milliseconds, ascending. */
async function processorTimes(page: Page): Promise<{ zoom: number[]; pan: number[] }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * metrics.find(({ name }) => name === 'TaskDuration')!.value;
  };
  const act = (what: 'in' | 'out' | 'ArrowLeft' | 'ArrowRight' | 'Home') =>
    page.evaluate(async (action) => {
      const place = document.querySelector<HTMLElement>('[data-panel="loss"] .plot')!;
      const { left, width, top } = place.querySelector('.u-over')!.getBoundingClientRect();
      const turn = { ctrlKey: true, clientX: left + 0.4 * width, clientY: top + 20, bubbles: true, cancelable: true };
      if (action === 'in' || action === 'out')
        place.dispatchEvent(new WheelEvent('wheel', { ...turn, deltaY: action === 'in' ? -1 : 1 }));
      else place.dispatchEvent(new KeyboardEvent('keydown', { key: action, shiftKey: true, bubbles: true }));
      // Drawn in the first frame, painted before the second.
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    }, what);
  const zoom: number[] = [];
  const pan: number[] = [];
  const take = async (into: number[], what: Parameters<typeof act>[0]) => {
    const before = await spent();
    await act(what);
    into.push((await spent()) - before);
  };
  await act('Home');
  for (let turn = 0; turn < 25; turn++) await take(zoom, 'in');
  for (let turn = 0; turn < 23; turn++) await take(zoom, 'out');
  for (let step = 0; step < 12; step++) await take(pan, step < 6 ? 'ArrowRight' : 'ArrowLeft');
  for (let turn = 0; turn < 8; turn++) await act('in');
  for (let step = 0; step < 12; step++) await take(pan, step < 6 ? 'ArrowRight' : 'ArrowLeft');
  const ascending = (times: number[]) => times.sort((a, b) => a - b);
  return { zoom: ascending(zoom), pan: ascending(pan) };
}
