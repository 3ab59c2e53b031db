import { describe, expect, it } from 'vitest';
import type { BackendSurvey } from '../../src/backend/surveyBackends.ts';
import { onager } from './onager.ts';

// Plain JavaScript multiplies slowly, and on a busy machine more so.
describe('onager backend', { timeout: 180_000 }, () => {
  it('says of every backend how fast it is, or why it does not run, and which one is taken', async () => {
    const { code, stdout } = await onager('backend', '--json').finished;
    expect(code).toBe(0);
    const { backends, auto } = JSON.parse(stdout) as BackendSurvey;
    expect(backends.map(({ name }) => name)).toEqual(['tensorflow', 'webgpu', 'wasm', 'cpu']);
    expect(backends.find(({ available }) => available)!.name).toBe(auto);
    for (const backend of backends) {
      if (!backend.available) expect(backend.reason).toMatch(/^[^\n]+$/);
      else
        for (const number of [backend.product, backend.transposedLeft, backend.transposedRight, backend.smallOperation])
          expect(number).toBeGreaterThan(0);
    }
    expect(backends.slice(2).every(({ available }) => available)).toBe(true);
  });

  it('prints a table with a mark at the one that is taken', async () => {
    const { stdout } = await onager('backend').finished;
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^backend\s+A B\s+A' B\s+A B'\s+small op/);
    expect(lines.slice(1, 5).filter((line) => / \*/.test(line))).toHaveLength(1);
  });
});
