import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { batchSizeStudy } from '../../pipelines/batchSize/batchSizeStudy.ts';
import { catapultsStudy } from '../../pipelines/catapults/catapultsStudy.ts';
import { lossFunctionsStudy } from '../../pipelines/lossFunctions/lossFunctionsStudy.ts';
import { optimizersStudy } from '../../pipelines/optimizers/optimizersStudy.ts';
import { pipelines } from '../../pipelines/registry.ts';
import { studies } from '../../pipelines/studies.ts';
import { runStudy } from '../../pipelines/study/runStudy.ts';
import type { Study } from '../../pipelines/study/study.ts';
import { resultNumbers } from '../../src/sweep/resultNumbers.ts';
import { resultOf } from './smallPipeline.ts';

const folder = mkdtempSync(join(tmpdir(), 'onager-study-'));
afterAll(() => rmSync(folder, { recursive: true }));
const module = new URL('../../pipelines/index.ts', import.meta.url).href;
/** A run of a few updates. */
const brief = () => ({
  dimension: 6,
  samples: 200,
  testSamples: 50,
  width: 16,
  stopAt: 0.3,
  steps: 60,
  backend: 'wasm',
});

describe.each(studies.map((study) => [study.name, study] as const))('the study %s', (_, study) => {
  it('has variants that their pipeline accepts, with labels of their own, and a control in every part', () => {
    for (const part of study.parts) {
      const { options } = pipelines[part.pipeline]!;
      for (const { parameters } of part.variants)
        expect(options.safeParse({ ...part.parameters, ...parameters, seed: 1 }).error).toBeUndefined();
      const labels = part.variants.map(({ label }) => label);
      expect(new Set(labels).size).toBe(labels.length);
      const hasControl = part.variants.some(({ control }) => control) || part.claims.some(({ control }) => control);
      expect(hasControl, part.title).toBe(true);
    }
  });

  it('judges by variants that there are', () => {
    for (const part of study.parts) {
      const labels = part.variants.map(({ label }) => label);
      for (const check of part.claims.flatMap((claim) => claim.checks))
        if (check.kind === 'difference') expect(labels).toEqual(expect.arrayContaining([check.of, check.than]));
    }
  });
});

const catapultStudies = [catapultsStudy, batchSizeStudy, optimizersStudy, lossFunctionsStudy];

describe.each(catapultStudies.map((study) => [study.name, study] as const))('the study %s', (_, study) => {
  it('asks for numbers that a run of the pipeline has', async () => {
    for (const part of study.parts) {
      const name = pipelines[part.pipeline]!.name;
      const parameters = { ...part.parameters, ...part.variants.at(-1)!.parameters };
      const small = name === 'catapults' ? { stopAt: 0.5 } : { stopAt: 0.3, dimension: 6, width: 16, samples: 200 };
      const result = await resultOf(name, { ...parameters, ...small, steps: 30 });
      const paths = resultNumbers(result);
      for (const check of part.claims.flatMap((claim) => claim.checks))
        if (check.kind === 'difference') expect(paths.has(check.number), check.number).toBe(true);
      // What there was none of may be null or missing: no spike, no update above the critical rate.
      const may = ['found.spike', 'roseAboveCritical', 'topShare'];
      for (const { path } of part.columns) expect(paths.has(path) || may.includes(path), path).toBe(true);
    }
  });
});

describe('runStudy', () => {
  const out = join(folder, 'batch-size');
  const run = () => runStudy(batchSizeStudy, { seeds: [0, 1, 2], out, workers: 0, module, parameters: brief });

  it('judges every claim, and has every run in the Arrow file and in the results', async () => {
    const report = await run();
    const [{ variants, claims, title }] = batchSizeStudy.parts as [Study['parts'][0]];
    const text = report.text();
    for (const { label } of variants) expect(text).toContain(label);
    for (const claim of claims) expect(text).toContain(`${claim.control ? 'control' : 'claim'}: ${claim.text}: `);
    const table = tableFromIPC(readFileSync(join(out, 'runs.arrows')));
    expect(table.numRows).toBe(variants.length * 3);
    expect([...table.schema.metadata.values()].join()).toContain('study-batch-size');
    const { parts } = report.result() as unknown as { parts: { runs: { result: { testLoss: number } }[] }[] };
    const rows = table.toArray();
    for (const [index, { result }] of parts[0]!.runs.entries()) {
      expect(rows[index]!.testLoss).toBe(Number(result.testLoss));
      expect(rows[index]!.variant).toBe(variants[Math.floor(index / 3)]!.label);
      expect(rows[index]!.part).toBe(title);
    }
    const sharp = report.parts[0]!.claims.find(({ claim }) => claim.text.startsWith('below the critical rate'))!;
    expect(sharp.checks[0]!.holds).toBe(true);
  });

  it('runs nothing twice that had finished', async () => {
    const report = await run();
    expect(report.parts[0]!.results.every(({ reused }) => reused)).toBe(true);
  });

  it('a variant that fails is told of in the table, and decides no claim', async () => {
    const report = await runStudy(batchSizeStudy, {
      seeds: [0, 1, 2],
      workers: 0,
      module,
      parameters: () => ({ ...brief(), samples: 100 }),
    });
    expect(report.text()).toMatch(/b = 200 .*no run/);
    const [spiking] = report.parts[0]!.claims;
    expect(spiking!.verdict).toBe('too few seeds');
    const { parts } = report.result() as unknown as { parts: { runs: { error?: string }[] }[] };
    expect(parts[0]!.runs.filter(({ error }) => error?.includes('batchSize = 200'))).toHaveLength(3);
  });
});
