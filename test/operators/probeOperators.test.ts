import { map, type Observable, toArray } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type ColumnGroup, isGroup } from '../../src/columns.ts';
import { mlp } from '../../src/models/mlp.ts';
import { agop } from '../../src/operators/agop.ts';
import { agopAlignment } from '../../src/operators/agopAlignment.ts';
import { every } from '../../src/operators/cadence.ts';
import { earlyWarning } from '../../src/operators/earlyWarning.ts';
import { eigenspace } from '../../src/operators/eigenspace.ts';
import { featureMatrix } from '../../src/operators/featureMatrix.ts';
import { gradientDecomposition } from '../../src/operators/gradientDecomposition.ts';
import { gradientNoise } from '../../src/operators/gradientNoise.ts';
import { hessian } from '../../src/operators/hessian.ts';
import { kernelDrift } from '../../src/operators/kernelDrift.ts';
import { kernelPredictor } from '../../src/operators/kernelPredictor.ts';
import { margins } from '../../src/operators/margins.ts';
import { parameterNorms } from '../../src/operators/parameterNorms.ts';
import { reluFlips } from '../../src/operators/reluFlips.ts';
import { sharpness } from '../../src/operators/sharpness.ts';
import { tangentKernel } from '../../src/operators/tangentKernel.ts';
import { adam } from '../../src/optimizers/adam.ts';
import { rmsprop } from '../../src/optimizers/rmsprop.ts';
import { rootFreeRmsprop } from '../../src/optimizers/rootFreeRmsprop.ts';
import { shampoo } from '../../src/optimizers/shampoo.ts';
import { UndefinedProbeError } from '../../src/probe.ts';
import { snapshot, type TrainingStep } from '../../src/step.ts';
import { lowRankRegression } from '../../src/tasks/lowRankRegression.ts';
import type { Dataset, Task } from '../../src/tasks/task.ts';
import { train } from '../../src/training/train.ts';
import { CheckpointsInMemory } from '../training/resumableRun.ts';
import { collected, leavesNoTensor, smallSpec } from '../training/smallRun.ts';

/** The small task, its targets as signs and classes. */
function signs(): Task {
  const plain = lowRankRegression({ dimension: 4, samples: 12, testSamples: 5, noise: 0 });
  const signed = (set: Dataset): Dataset => ({ ...set, targets: set.targets.map((y) => (y > 0 ? 1 : -1)) });
  return {
    ...plain,
    classes: 'sign',
    async data(seed) {
      const { train: seen, test } = await plain.data(seed);
      return { train: signed(seen), test: signed(test) };
    },
  };
}

const spec = (changes: Parameters<typeof smallSpec>[0] = {}) =>
  smallSpec({ task: signs(), model: mlp({ widths: [16] }), batchSize: 4, learningRate: 0.05, ...changes });

/** Every probe there is, on one run. */
function everything(rows: Observable<TrainingStep>) {
  return rows
    .pipe(
      hessian({ rank: 2, traceDirections: 3 }),
      sharpness({ ascentSteps: 2 }),
      gradientDecomposition(),
      gradientNoise(),
      kernelDrift(),
      kernelPredictor(),
      parameterNorms(),
      margins(),
    )
    .pipe(
      reluFlips(),
      agop({ rank: 2 }),
      featureMatrix(),
      tangentKernel({ on: 'train' }),
      earlyWarning(),
      eigenspace({ ranks: [1, 3], kernel: 'initial', on: 'train' }),
      eigenspace({ ranks: [2], of: 'residual', as: 'residuals' }),
    );
}

describe('operators on the probes', () => {
  it('all of them at once: fields as described, no tensor left, and the start of everything that drifts', async () => {
    await leavesNoTensor(async () => {
      const rows = await collected(everything(train(spec())));
      expect(rows).toHaveLength(11);
      const groups = rows[0]!.run.columns.filter(isGroup);
      expect(groups).toHaveLength(15);
      const check = ({ name, columns }: ColumnGroup, fields: Record<string, unknown>) => {
        expect(Object.keys(fields).sort(), name).toEqual(columns.map((column) => column.name).sort());
        for (const column of columns) {
          const value = fields[column.name];
          if (value === null) expect(column.nullable, `${name}.${column.name}`).toBe(true);
          else if (isGroup(column)) check(column, value as Record<string, unknown>);
          else if (column.type === 'float64') expect(Number.isFinite(value), `${name}.${column.name}`).toBe(true);
        }
      };
      for (const row of rows) {
        for (const group of groups) check(group, row[group.name as 'agop'] as never);
      }
      const [first, last] = [rows[0]!, rows.at(-1)!];
      expect(first.kernelDrift.drift).toBe(0);
      expect(first.kernelDrift.alignment).toBeCloseTo(1, 12);
      expect(last.kernelDrift.drift).toBeGreaterThan(0);
      expect(first.reluFlips.flipped).toBe(0);
      expect(Object.keys(first.parameterNorms.layers)).toEqual(['W1', 'W2']);
      expect(first.margins.homogeneous).toBeCloseTo(first.margins.smallest / first.parameterNorms.total ** 2, 9);
      expectTypeOf(first.eigenspace.lossTop3).toEqualTypeOf<number>();
      expect(first.eigenspace.lossTop3).toBeGreaterThanOrEqual(first.eigenspace.lossTop1);
      const { cosine, batchNorm, projection, noiseNorm } = first.gradientDecomposition;
      expect(Math.hypot(projection, noiseNorm)).toBeCloseTo(batchNorm, 5);
      expect(first.gradientDecomposition.averageCosine).toBeCloseTo(cosine!, 9);
      expect(first.agop.topShare).toBeLessThanOrEqual(1 + 1e-6);
      for (const { hessian: curvature, agop: gradients } of rows)
        for (const [largest, second] of [curvature.eigenvalues, gradients.eigenvalues])
          expect(largest).toBeGreaterThanOrEqual(second!);
      expect(first.agop.eigenvalues[0] + first.agop.eigenvalues[1]!).toBeCloseTo(
        first.agop.topShare * first.agop.trace,
        6,
      );
    });
  });

  it('do not change the training', async () => {
    const losses = (rows: readonly TrainingStep[]) => rows.map(({ loss }) => loss);
    const watched = losses(await collected(everything(train(spec()))));
    const alone = losses(await collected(train(spec())));
    alone.forEach((loss, step) => {
      expect(Math.abs(watched[step]! / loss - 1)).toBeLessThan(1e-4);
    });
  });

  it('go on from a checkpoint bit for bit', async () => {
    const recorded = (rows: readonly TrainingStep[]) => rows.map((row) => ({ ...snapshot(row), seconds: 0 }));
    const whole = recorded(await collected(everything(train(spec({ optimizer: adam(), steps: 12 })))));
    const checkpoints = new CheckpointsInMemory();
    await collected(everything(train(spec({ optimizer: adam(), steps: 5 }), { checkpoints })));
    const rest = await collected(
      everything(train(spec({ optimizer: adam(), steps: 12 }), { resume: checkpoints.last! })),
    );
    expect(rest[0]!.step).toBe(6);
    expect(recorded(rest)).toEqual(whole.slice(6));
  });

  it('measure at their cadence, from the first row that it names', async () => {
    const late = ({ step }: { readonly step: number }) => step >= 2 && step % 2 === 0;
    const rows = await collected(
      train(spec()).pipe(
        kernelDrift({ cadence: late }),
        parameterNorms({ cadence: every(5) }),
        map(({ step, kernelDrift: { drift }, parameterNorms: { total, layers } }) => ({ step, drift, total, layers })),
        toArray(),
      ),
    );
    const [all] = rows as [{ step: number; drift: number | null; total: number | null; layers: object | null }[]];
    expect(all!.map(({ drift }) => drift === null)).toEqual(all!.map(({ step }) => !late({ step })));
    expect(all![2]!.drift).toBe(0);
    expect(all!.map(({ layers }) => layers === null)).toEqual(all!.map(({ step }) => step % 5 !== 0));
  });

  it('several ranks from one solve are those of one rank each; the initial kernel is the current one at first', async () => {
    const rows = await collected(
      train(smallSpec()).pipe(
        eigenspace({ rank: 1, as: 'one' }),
        eigenspace({ rank: 4, as: 'four' }),
        eigenspace({ ranks: [1, 4] }),
        eigenspace({ kernel: 'initial', as: 'initial' }),
      ),
    );
    for (const { eigenspace: both, one, four } of rows) {
      expect(both.lossTop1).toBeCloseTo(one.lossTop, 6);
      expect(both.lossTop4).toBeCloseTo(four.lossTop, 6);
      expect(both.lossComplement4).toBeCloseTo(four.lossComplement, 6);
    }
    expect(rows[0]!.initial.lossTop).toBeCloseTo(rows[0]!.one.lossTop, 6);
    expect(rows.at(-1)!.initial.lossTop).not.toBeCloseTo(rows.at(-1)!.one.lossTop, 6);
  });

  it('eigenvalues are a vector of the rank asked for: null beyond the parameters, and as a whole between measurements', async () => {
    const rows = await collected(
      train(spec({ model: mlp({ widths: [2] }), steps: 3 })).pipe(
        hessian({ rank: 40, end: 'smallest', cadence: every(2) }),
        agop({ cadence: every(2) }),
      ),
    );
    const [vector] = rows[0]!.run.columns.filter(isGroup)[0]!.columns as [ColumnGroup];
    expect(vector).toMatchObject({ name: 'eigenvalues', role: 'vector', nullable: true });
    expect(vector.columns).toHaveLength(40);
    expect(vector.columns[1]).toMatchObject({ meaning: '2. smallest eigenvalue of the Hessian', nullable: true });
    const values = rows[0]!.hessian.eigenvalues!;
    const there = values.filter((value) => value !== null);
    expect(values).toEqual([...there.toSorted((a, b) => a - b), ...Array(40 - there.length).fill(null)]);
    expect(there.length).toBeGreaterThan(4);
    expect(there.length).toBeLessThan(40);
    expect(rows.map((row) => [row.hessian.eigenvalues === null, row.agop.eigenvalues?.length])).toEqual([
      [false, 1],
      [true, undefined],
      [false, 1],
      [true, undefined],
    ]);
  });

  it.each([
    ['Adam', adam(), 38, true],
    ['RMSProp', rmsprop(), 2, true],
    ['root-free RMSProp', rootFreeRmsprop(), 2, false],
    ['Shampoo', shampoo(), 2, true],
  ] as const)(
    'the critical rate under %s, by the rule that the column names',
    async (_, optimizer, limit, nullAtFirst) => {
      await leavesNoTensor(async () => {
        const rows = await collected(train(spec({ optimizer, learningRate: 0.001 })).pipe(tangentKernel()));
        const { columns } = rows[0]!.run.columns.filter(isGroup)[0]!;
        const ratio = columns.find(({ name }) => name === 'learningRateRatio')!;
        expect(ratio.meaning).toContain(
          `${limit} / lambda_max of the Gauss-Newton matrix of the square loss, preconditioned`,
        );
        expect(ratio.nullable).toBe(true);
        expect(rows[0]!.tangentKernel.criticalLearningRate === null).toBe(nullAtFirst);
        for (const row of rows.slice(1)) {
          const { criticalLearningRate, learningRateRatio } = row.tangentKernel;
          expect(criticalLearningRate).toBeGreaterThan(0);
          expect(learningRateRatio).toBe(row.learningRate / criticalLearningRate!);
        }
      });
    },
  );

  it('what cannot be answered is refused with the first row, by name', async () => {
    const regression = () => train(smallSpec({ batchSize: 4 }));
    const logistic = () => train(spec({ loss: 'crossEntropy' }));
    const fullBatch = () => train(smallSpec());
    const cases: readonly [string, string, Observable<unknown>][] = [
      ['margins', 'no classes', regression().pipe(margins())],
      ['kernelPredictor', 'square loss', logistic().pipe(kernelPredictor())],
      ['eigenspace', "on: 'train'", regression().pipe(eigenspace({ kernel: 'initial' }))],
      ['eigenspace', 'square loss', logistic().pipe(eigenspace({ ranks: [1] }))],
      ['gradientDecomposition', 'batchSize', fullBatch().pipe(gradientDecomposition())],
      ['reluFlips', 'no relu', train(spec({ model: mlp({ activation: 'tanh' }) })).pipe(reluFlips())],
      ['agop', 'outputs 0 to 0', regression().pipe(agop({ output: 1 }))],
      ['agop', 'order 4', regression().pipe(agop({ rank: 5 }))],
      ['agopAlignment', 'outputs 0 to 0', regression().pipe(agopAlignment({ output: 1 }))],
    ];
    for (const [name, reason, rows] of cases) {
      const refused = collected(rows);
      await expect(refused, name).rejects.toBeInstanceOf(UndefinedProbeError);
      await expect(refused).rejects.toThrow(new RegExp(`^${name}: .*${reason}`));
    }
    await expect(collected(train(smallSpec()).pipe(earlyWarning() as never))).rejects.toThrow(
      'put tangentKernel() before',
    );
  });

  it('what is defined for every loss and in full-batch training is measured there', async () => {
    const [row] = await collected(
      train(spec({ loss: 'crossEntropy', batchSize: 12 })).pipe(
        hessian({ end: 'smallest' }),
        gradientNoise(),
        margins({ on: 'batch' }),
        eigenspace({ ranks: [1], of: 'residual' }),
      ),
    );
    expect(row!.gradientNoise.twoBatchScale).toBeNull();
    expect(row!.gradientNoise.simpleScale).toBeGreaterThan(0);
    expect(row!.hessian.criticalLearningRate).toBeNull();
    expect(row!.eigenspace.residualTop1).toBeGreaterThan(0);
  });

  it('options are checked at once', () => {
    expect(() => hessian({ rank: 0 })).toThrow('hessian: rank = 0');
    expect(() => hessian({ rank: 5000 })).toThrow('hessian: rank = 5000');
    expect(() => hessian({ traceDirections: 1 })).toThrow('hessian: traceDirections = 1');
    expect(() => sharpness({ rho: 0 })).toThrow('sharpness: rho = 0');
    expect(() => gradientNoise({ average: 1 })).toThrow('gradientNoise: average = 1');
    expect(() => gradientDecomposition({ average: -1 })).toThrow('gradientDecomposition: average = -1');
    expect(() => agop({ rank: 1.5 })).toThrow('agop: rank = 1.5');
    expect(() => eigenspace({ ranks: [] })).toThrow('eigenspace: ranks = []');
    expect(() => eigenspace({ rank: 1, ranks: [1] } as never)).toThrow('either rank or ranks');
    expect(() => featureMatrix({ roots: true } as never)).toThrow('roots');
    expect(() => earlyWarning({ threshold: 0 })).toThrow('threshold is 0');
  });
});
