import { concat, defer, finalize, ignoreElements, merge, type Observable, ReplaySubject, takeUntil, tap } from 'rxjs';
import { useBackend } from '../../src/backend/chooseBackend.ts';
import { checked } from '../../src/validation.ts';
import type { Pipeline, PipelineContext } from '../pipeline.ts';
import { type Control, controlEnding, controlsOf } from './grokkingControls.ts';
import { grokkingLaw } from './grokkingLaw.ts';
import { Options, settingOf } from './grokkingOptions.ts';
import { type GrokkingRow, grokkingRows } from './grokkingRows.ts';
import { grokkingSpec } from './grokkingSpec.ts';
import { GrokkingSummary } from './grokkingSummary.ts';

/**
 * Early and late implicit biases: from a large initialisation training first finds the kernel predictor and stays with it
 * for a time that grows with ln(alpha) / wd, until weight decay leads, in a sharp transition, to the solution of least
 * norm or largest margin. Both are computed without training and compared with the model as it goes; controls, where they
 * are wanted, train beside it in threads of their own or, where there are none, after it.
 * Source: Lyu et al. 2024 (arXiv 2311.18817).
 */
export const grokkingPipeline: Pipeline<typeof Options, GrokkingRow> = {
  name: 'grokking',
  description: 'watch a network leave the kernel regime: grokking and misgrokking in continuous time',
  options: Options,
  alone: { controls: true },
  law: grokkingLaw,
  prepare: async (options, context = {}) => {
    const given = checked('grokking', Options, options);
    const setting = settingOf(given);
    const { name: backend } = await useBackend(given.backend);
    const chosen = { ...given, backend };
    const { seed, perDecade } = chosen;
    const name = ['grokking', chosen.setting, chosen.variant, chosen.size, `seed${seed}`]
      .filter((part) => part !== undefined && part !== 'default')
      .join('-');
    const { control$ } = context;
    context.progress?.('computing the predictors to compare with');
    const predictors = await setting.predictors(await setting.task.data(seed));
    const training = { ...(control$ === undefined ? {} : { control$ }), ...(await context.training?.(name)) };
    const controls = chosen.controls ? controlsOf(chosen) : [];
    const summary = new GrokkingSummary(setting, predictors, controls);
    const rows = grokkingRows(setting, grokkingSpec(setting, { name, seed, backend }), predictors, perDecade, training);
    return { name, rows: withControls(rows, controls, summary, context), summary };
  },
};

/** The rows of a run with controls beside it, or after it where there are no threads; none once it is told to stop. */
function withControls(
  rows: Observable<GrokkingRow>,
  controls: readonly Control[],
  summary: GrokkingSummary,
  { control$, threads = false }: PipelineContext,
): Observable<GrokkingRow> {
  return defer(() => {
    const stopped$ = new ReplaySubject<void>(1);
    const listening = control$?.subscribe(({ type }) => {
      if (type === 'stop') stopped$.next();
    });
    const endings = controls.map((control) =>
      controlEnding(control, threads).pipe(
        takeUntil(stopped$),
        tap((ending) => summary.add(control, ending)),
        ignoreElements(),
      ),
    );
    const all = threads ? merge(...endings, rows) : concat(rows, ...endings);
    return all.pipe(finalize(() => listening?.unsubscribe()));
  });
}
