import { readFile, stat, truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ArrowTable } from '../../sinks/dashboard/page/arrowTable.ts';
import { readRecording } from '../../sinks/dashboard/page/recording.ts';
import { vectorGroup } from '../../src/columns.ts';
import { Run } from '../../src/run.ts';
import type { Row } from '../../src/step.ts';
import { recorded } from './recorded.ts';
import { planted, syntheticRow, syntheticRun } from './syntheticRun.ts';
import { serve, settles, shownSteps, text, visit } from './visiting.ts';

describe('a recorded run', () => {
  it('is shown as it was when its file is dropped, and compared with others', async () => {
    const run = syntheticRun('recorded');
    const path = await recorded('dropped.arrows', planted.end + 1, (step) => syntheticRow(run, step));
    const server = await serve();
    const page = await visit(server.url);
    const bytes = (await readFile(path)).toString('base64');
    await page.evaluate((encoded) => {
      const plain = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([plain], 'dropped.arrows'));
      dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, bytes);
    await settles(page, '#name', /^recorded \(dropped\.arrows\)$/);
    await settles(page, '#status span', 'recorded');
    await settles(page, '#step', '560');
    expect(await text(page, '[data-tile="train"] p')).toBe('NaN');
    await expect.poll(() => shownSteps(page)).toEqual([0, 560]);
    expect(await page.locator('#charts .panel').count()).toBe(6);
    const damaged = await recorded('cut off.arrows', 80_000, (step) =>
      Object.assign(syntheticRow(run, step % 80), { step }),
    );
    await truncate(damaged, Math.floor(0.95 * (await stat(damaged)).size));
    await page.locator('#file').setInputFiles(damaged);
    await settles(page, '#toast', /^cut off.arrows is damaged or cut off after \d+ rows\.$/);
    expect(await page.locator('#runs tbody tr').count()).toBe(2);
    await page.locator('#file').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no') });
    await settles(page, '#toast', /^Not opened: notes.txt /);
    expect(page.mistakes).toEqual([]);
  });

  it('has no value where its group was not measured', async () => {
    const number = (name: string) => ({ name, type: 'float64', unit: 'norm', meaning: '' }) as const;
    const layers = { name: 'layers', meaning: '', columns: [number('first')] };
    const run = new Run('sparse', [
      { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
      { name: 'norms', meaning: '', nullable: true, columns: [layers] },
    ]);
    const path = await recorded('sparse.arrows', 100, (step) => {
      const norms = step % 10 === 0 ? { layers: { first: 5 } } : null;
      return { run, step, norms } as unknown as Row;
    });
    const file = new File([await readFile(path)], 'sparse.arrows');
    const steps = await ArrowTable.open(file);
    const { record } = await readRecording({ name: file.name, steps }, () => {});
    const { rows, y, length } = record.series('norms.layers.first')!;
    expect([...rows.subarray(0, length)]).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(new Set(y.subarray(0, length))).toEqual(new Set([5]));
  });

  it('has the elements of its vectors, but where they were not measured', async () => {
    const vector = (name: string, more: object) =>
      vectorGroup({ name, length: 2, type: 'float64', unit: 'eigenvalue', meaning: '', ...more });
    const run = new Run('vectors', [
      { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
      vector('top', { nullable: true }),
      vector('some', { nullableElements: true }),
      vector('flags', { type: 'bool' }),
      {
        name: 'jump',
        meaning: '',
        role: 'event',
        columns: [{ name: 'begin', type: 'float64', unit: 'steps', meaning: '' }, vector('sizes', {})],
      },
    ]);
    const path = await recorded('vectors.arrows', 30, (step) => {
      const values = { top: step % 10 === 0 ? [step, step + 1] : null, some: [null, step], flags: [true, step > 27] };
      const jump = step === 5 ? { begin: 4, sizes: [1, 2] } : null;
      return { run, step, ...values, jump } as unknown as Row;
    });
    const file = new File([await readFile(path)], 'vectors.arrows');
    const { record } = await readRecording({ name: file.name, steps: await ArrowTable.open(file) }, () => {});
    const points = (key: string) => {
      const { rows, y, length } = record.series(key)!;
      return Array.from(y.subarray(0, length), (value, index) => [rows[index], value]);
    };
    expect(record.leaves.map((leaf) => leaf.path.join('.'))).toEqual([
      'step',
      'top.0',
      'top.1',
      'some.0',
      'some.1',
      'flags.0',
      'flags.1',
    ]);
    expect(record.reports).toMatchObject([{ group: 'jump', begin: 4, event: { begin: 4, sizes: [1, 2] } }]);
    expect(points('top.0')).toEqual([0, 10, 20].map((step) => [step, step]));
    expect(points('top.1')).toEqual([0, 10, 20].map((step) => [step, step + 1]));
    expect(points('some.0')).toEqual([]);
    expect(record.series('some.1')!.y.subarray(0, 30)).toEqual(Float64Array.from({ length: 30 }, (_, step) => step));
    expect(record.series('flags.1')!.y.subarray(26, 30)).toEqual(Float64Array.of(0, 0, 1, 1));
  });

  it('is judged again with other options, and as it was recorded', async () => {
    const run = new Run('bumps', [
      { name: 'step', type: 'int32', unit: 'steps', meaning: '' },
      { name: 'loss', type: 'float64', unit: 'loss', meaning: '', axis: 'log' },
    ]);
    const bump = (step: number, at: number, height: number) => height * Math.exp(-(((step - at) / 5) ** 2));
    const path = await recorded('bumps.arrows', 1000, (step) => ({
      run,
      step,
      loss: 1 + bump(step, 300, 8) + bump(step, 700, 1.2) + 0.001 * Math.sin(step * 12.9898),
    }));
    const server = await serve();
    const page = await visit(server.url);
    await page.locator('#file').setInputFiles(path);
    await settles(page, '#step', '999');
    await page.getByText('Detect again with other options').click();
    const detect = page.getByRole('button', { name: 'Detect', exact: true });
    await detect.click();
    await expect.poll(() => page.locator('#events-rows tr').count()).toBe(2);
    await page.locator('[name="ratio"]').fill('4');
    await detect.click();
    await expect.poll(() => page.locator('#events-rows tr').count()).toBe(1);
    await settles(page, '#events-rows [data-name="Size"]', /^×(8\.9\d*|9)$/);
    await page.locator('[name="ratio"]').fill('0.5');
    await detect.click();
    await settles(page, '#toast', /^ratio is 0\.5; expected a number/);
    await page.locator('#as-recorded').click();
    await page.locator('#events').waitFor({ state: 'hidden' });
    expect(page.mistakes).toEqual([]);
  });
});
