import { lastValueFrom, type Observable } from 'rxjs';
import type { BackendName } from '../src/backend/chooseBackend.ts';
import { mlp } from '../src/models/mlp.ts';
import { agopAlignment } from '../src/operators/agopAlignment.ts';
import { catapults } from '../src/operators/catapults.ts';
import { eigenspace } from '../src/operators/eigenspace.ts';
import { spikes } from '../src/operators/spikes.ts';
import { tangentKernel } from '../src/operators/tangentKernel.ts';
import type { TrainingStep } from '../src/step.ts';
import { lowRankRegression } from '../src/tasks/lowRankRegression.ts';
import { train } from '../src/training/train.ts';
import { median } from './median.ts';

export interface DiagnosticsRow {
  readonly network: string;
  /** Milliseconds for a step without, and with, all diagnostics at every step. */
  readonly bare: number;
  readonly full: number;
  readonly ratio: number;
}

type Source = Observable<TrainingStep>;

const bareStep = (source: Source): Observable<TrainingStep> => source;
const fullDiagnostics = (source: Source): Observable<TrainingStep> =>
  source.pipe(tangentKernel(), eigenspace({ rank: 1 }), agopAlignment(), spikes(), catapults());

/**
 * Cost of every diagnostic at every step over the bare training step, both in this process, in alternating
 * runs of `steps` updates; medians of the runs' mean times and of their ratios.
 */
export async function benchDiagnostics(backend: BackendName = 'wasm', runs = 7): Promise<DiagnosticsRow[]> {
  const rows: DiagnosticsRow[] = [];
  for (const [widths, steps] of [
    [[1024], 120],
    [[512, 512, 512], 40],
  ] as const) {
    const spec = {
      task: lowRankRegression({ dimension: 100, samples: 128, testSamples: 1 }),
      model: mlp({ widths: [...widths] }),
      learningRate: 0.1,
      steps,
      backend,
    };
    const time = async (operators: (source: Source) => Observable<TrainingStep>) => {
      let start = 0;
      // Data and initialisation are not what is measured: the clock starts with the first row.
      const last = await lastValueFrom(
        operators(
          train({
            ...spec,
            until: ({ step }) => {
              if (step === 4) start = performance.now();
              return false;
            },
          }),
        ),
      );
      return (performance.now() - start) / (last.step - 4);
    };
    await time(fullDiagnostics);
    await time(bareStep);
    const bare: number[] = [];
    const full: number[] = [];
    for (let run = 0; run < runs; run++) {
      bare.push(await time(bareStep));
      full.push(await time(fullDiagnostics));
    }
    rows.push({
      network: `[100,${widths.join(',')},1] n=128`,
      bare: median(bare),
      full: median(full),
      ratio: median(full.map((value, run) => value / bare[run]!)),
    });
  }
  return rows;
}
