import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { friendlySamDecompositionStudy } from '../../pipelines/friendlySam/friendlySamDecompositionStudy.ts';
import { friendlySamRhoStudy } from '../../pipelines/friendlySam/friendlySamRhoStudy.ts';
import { friendlySamStudy } from '../../pipelines/friendlySam/friendlySamStudy.ts';
import { friendlySamTrajectoryStudy } from '../../pipelines/friendlySam/friendlySamTrajectoryStudy.ts';
import { runStudy } from '../../pipelines/study/runStudy.ts';
import type { Study } from '../../pipelines/study/study.ts';
import { friendlySamFolder } from './friendlySamFolder.ts';

const data = friendlySamFolder();
const out = mkdtempSync(join(tmpdir(), 'onager-study-'));
afterAll(() => {
  rmSync(data, { recursive: true });
  rmSync(out, { recursive: true });
});

const module = new URL('../../pipelines/index.ts', import.meta.url).href;

/** Of eight by eight pixels: batches are smaller in proportion, and a run has four epochs. */
function small(study: Study): Study {
  const fitting = ({
    perturbationBatch,
    batchSize,
    epochs: _,
    fullGradientEvery: _often,
    ...rest
  }: Record<string, unknown>) => ({
    ...rest,
    ...(perturbationBatch === undefined ? {} : { perturbationBatch: Math.floor((perturbationBatch as number) / 10) }),
    ...(batchSize === undefined ? {} : { batchSize: 50 }),
  });
  return {
    ...study,
    parts: study.parts.map((part) => ({
      ...part,
      parameters: { batchSize: 20, ...fitting({ ...part.parameters }) } as Study['parts'][0]['parameters'] & object,
      variants: part.variants.map((variant) => ({
        ...variant,
        parameters: fitting({ ...variant.parameters }) as typeof variant.parameters,
      })),
    })),
  };
}

const brief = ({ parameters }: Study['parts'][0]) => ({
  data,
  samples: 100,
  testSamples: 50,
  epochs: 4,
  model: 'mlp',
  backend: 'wasm',
  ...(parameters?.setting === 'trajectory' ? { fullGradientEvery: 1 } : {}),
});

describe.each(
  [friendlySamStudy, friendlySamRhoStudy, friendlySamDecompositionStudy, friendlySamTrajectoryStudy].map(
    (study) => [study.name, study] as const,
  ),
)('the study %s at a small size', (name, study) => {
  const seeds = [0, 1, 2];
  it('has a number for every column and every check, of every run', async () => {
    const report = await runStudy(small(study), { seeds, out: join(out, name), workers: 0, module, parameters: brief });
    for (const { part, numbers, claims, results } of report.parts) {
      expect(results.map(({ outcome }) => outcome.state)).toEqual(results.map(() => 'finished'));
      for (const { label } of part.variants)
        for (const { path } of part.columns) expect(numbers.values(path, label).length, `${label}: ${path}`).toBe(3);
      for (const { claim, verdict, checks } of claims) {
        expect(verdict).not.toBe('too few seeds');
        for (const check of checks) {
          const value = 'value' in check ? check.value : check.pairs.mean;
          expect(Number.isFinite(value), claim.text).toBe(true);
        }
      }
    }
    const table = tableFromIPC(readFileSync(join(out, name, 'runs.arrows')));
    expect(table.numRows).toBe(3 * study.parts.reduce((sum, { variants }) => sum + variants.length, 0));
  });
});
