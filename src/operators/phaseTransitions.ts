import { PhaseTransitionDetector, type PhaseTransitionDetectorOptions } from '../detectors/phaseTransitionDetector.ts';
import type { TransitionEvent } from '../detectors/transitionEvent.ts';
import type { Row } from '../step.ts';
import { type Annotator, annotator, type Nullable } from './annotator.ts';
import { byDetector, DetectorMemory } from './detectorMemory.ts';
import type { EvaluationFields } from './evaluate.ts';
import { transitionEventGroup } from './transitionEventColumns.ts';

export interface PhaseTransitionFields {
  /** Continuous time at which the training set was memorised; null before. */
  readonly memorised: number | null;
  /** Whether a change of generalisation is under way. */
  readonly open: boolean;
  /** Report of the change that was recognised, or had settled, with this row. */
  readonly event: TransitionEvent | null;
}

/** A row with continuous time that {@link evaluate} has seen. */
export interface EvaluatedRow extends Row {
  readonly time: number;
  readonly evaluation: Nullable<EvaluationFields>;
}

/** Where the series are on a row; null at rows without an evaluation. */
export interface TransitionSeries<In extends Row> {
  /** Continuous time: the sum of the learning rates. Default: the row's `time`. */
  readonly time?: (row: In) => number;
  /** Training metric. Default: that of `evaluation`. */
  readonly train?: (row: In) => number | null;
  /** Test metric. Default: that of `evaluation`. */
  readonly test?: (row: In) => number | null;
}

export interface PhaseTransitionsOptions<Name extends string, In extends Row> extends PhaseTransitionDetectorOptions {
  /** Name of the group, where `phaseTransitions` is taken. */
  readonly as?: Name;
  /** Where the series are, if not where `train()` and `evaluate()` put them. */
  readonly of?: TransitionSeries<In>;
}

/**
 * Finds late changes of generalisation, in continuous time: grokking, misgrokking, gradual ones. Goes after
 * {@link evaluate}, at whatever cadence; some 24 evaluations a decade of time (`logSpaced(1.1)`) are enough.
 *
 * ```
 * training accuracy          .2  .9   1   1   1   1   1   1   1
 * test accuracy              .1  .1  .1  .1  .2  .6  .9   1   1
 * phaseTransitions.memorised  -   -   t   t   t   t   t   t   t
 * phaseTransitions.event                          o           c     o(pen), c(losed: grokking)
 * ```
 *
 * The detector is {@link PhaseTransitionDetector}; `test` and `train` say what the metrics are, accuracy or loss.
 * Source: Lyu et al. 2024 (arXiv 2311.18817).
 * @example rows.pipe(evaluate({ cadence: logSpaced(1.1) }), phaseTransitions())
 * @throws {Error} with the first row, when `evaluate()` does not come before it; with the first evaluation, when
 * accuracies are wanted of a task that has none.
 */
export function phaseTransitions<Name extends string = 'phaseTransitions', In extends Row = EvaluatedRow>(
  options: PhaseTransitionsOptions<Name, In> = {},
): Annotator<In, Name, PhaseTransitionFields> {
  const { as = 'phaseTransitions' as Name, of = {}, ...settings } = options;
  // Options are checked here and now, not when the first row comes.
  new PhaseTransitionDetector(settings);
  const time = of.time ?? timeOf;
  const train = of.train ?? evaluated('train', settings.train ?? 'accuracy');
  const test = of.test ?? evaluated('test', settings.test ?? 'accuracy');
  return annotator<In, Name, PhaseTransitionFields>({
    name: as,
    meaning: 'changes of generalisation in continuous time',
    columns: [
      {
        name: 'memorised',
        type: 'float64',
        unit: 'continuous time',
        meaning: 'when the training set was memorised',
        nullable: true,
        axis: 'log',
      },
      { name: 'open', type: 'bool', unit: '1', meaning: 'whether a change of generalisation is under way' },
      transitionEventGroup,
    ],
    start() {
      const memory = new DetectorMemory(new PhaseTransitionDetector(settings), PhaseTransitionDetector.fromJSON);
      return byDetector(memory, (row: In) => {
        const { detector } = memory;
        const trained = train(row);
        const tested = test(row);
        if (trained === null || tested === null) {
          const { memorised, open } = detector.state;
          return { memorised, open, event: null };
        }
        const { memorised, open, event } = detector.push(time(row), trained, tested, row.step);
        return { memorised, open, event };
      });
    },
  });
}

function timeOf(row: Row): number {
  const { time } = row as Row & Partial<EvaluatedRow>;
  if (typeof time !== 'number') {
    throw new Error('phaseTransitions: the row has no time: say where it is, of: { time: (row) => ... }');
  }
  return time;
}

/** Reads a metric of `evaluation`; null at rows that were not evaluated. */
function evaluated(side: 'train' | 'test', metric: 'accuracy' | 'loss'): (row: Row) => number | null {
  const name = `${side}${metric === 'loss' ? 'Loss' : 'Accuracy'}` as keyof EvaluationFields;
  return (row) => {
    const { evaluation } = row as Row & Partial<EvaluatedRow>;
    if (evaluation === undefined) {
      throw new Error(
        `phaseTransitions: put evaluate() before phaseTransitions() in the pipe, or say where the metric is, of: { ${side}: (row) => ... }`,
      );
    }
    const value = evaluation[name];
    if (value === null && evaluation.testLoss !== null) {
      throw new Error(`phaseTransitions: the task has no accuracy: give ${side}: 'loss'`);
    }
    return value;
  };
}
