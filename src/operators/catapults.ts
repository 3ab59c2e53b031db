import { CatapultDetector, type CatapultDetectorOptions, type KernelEvidence } from '../detectors/catapultDetector.ts';
import type { SpikeState } from '../detectors/spikeDetector.ts';
import type { SpikeEvent } from '../detectors/spikeEvent.ts';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import type { LossRow, TrainingStep } from '../step.ts';
import { type Annotator, annotator } from './annotator.ts';
import type { EigenspaceFields } from './eigenspace.ts';
import { spikeEventGroup } from './spikeEventColumns.ts';
import type { SpikeFields } from './spikes.ts';
import type { TangentKernelFields } from './tangentKernel.ts';

export interface CatapultFields {
  /** Share of the rise so far that lies in the top eigenspace; null while no event is open, or unknown. */
  readonly topShare: number | null;
  /** The report of `spikes` with the kernel's evidence and the refined verdict. */
  readonly event: SpikeEvent | null;
}

export interface CatapultsOptions<Name extends string> extends CatapultDetectorOptions {
  /** Name of the group, where `catapults` is taken. */
  readonly as?: Name;
  /** Eigenvectors that count as the top eigenspace, where there is a live model to ask. Default 5. */
  readonly rank?: number;
}

/** A row that {@link spikes} has seen. */
export type SpikeRow = LossRow & { readonly spikes: SpikeFields };

/**
 * Tells catapults from other spikes: the loss came back, the tangent kernel is flatter than it was, and the
 * rise was in its top eigenspace. Goes after {@link spikes}.
 *
 * On a live run it asks the probe for the top eigenpairs of the batch's kernel at every step, which are
 * shared with every other operator that wants them. On a recorded run it uses what was recorded
 * (`tangentKernel.lambdaMax`, `eigenspace.lossTop`), and on a bare loss it says what it could not check.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 3.
 * @throws {Error} with the first row, when `spikes()` does not come before it.
 */
export function catapults<Name extends string = 'catapults'>(
  options: CatapultsOptions<Name> = {},
): Annotator<SpikeRow, Name, CatapultFields> {
  const { as = 'catapults' as Name, rank = 5, ...settings } = options;
  new CatapultDetector(settings);
  return annotator<SpikeRow, Name, CatapultFields>({
    name: as,
    meaning: 'verdicts on the rises of the loss',
    columns: [
      {
        name: 'topShare',
        type: 'float64',
        unit: '1',
        meaning: 'share of the open rise that lies in the top eigenspace',
        nullable: true,
      },
      spikeEventGroup,
    ],
    start(first) {
      if (first.spikes === undefined) throw new Error('catapults: put spikes() before catapults() in the pipe');
      const detector = new CatapultDetector(settings);
      return (row) => whenReady(evidence(row, rank), (seen) => fields(detector, row, seen));
    },
  });
}

/** What `CatapultDetector` reads of a spike detector's state, from the fields of the row. */
function fields(detector: CatapultDetector, row: SpikeRow, seen: KernelEvidence): CatapultFields {
  const { topShare, event } = detector.push(row.loss, spikeStateOf(row), seen);
  return { topShare, event };
}

function spikeStateOf(row: SpikeRow): Pick<SpikeState, 'step' | 'open' | 'begin' | 'event'> {
  const { open, event } = row.spikes;
  return { step: row.step, open, begin: event?.begin ?? Number.NaN, event };
}

/** Fields that other annotators may have left on the row. */
interface Recorded {
  readonly probe?: TrainingStep['probe'];
  readonly learningRate?: number;
  readonly tangentKernel?: TangentKernelFields;
  readonly eigenspace?: EigenspaceFields;
}

function evidence(row: SpikeRow, rank: number): Eventual<KernelEvidence> {
  const { probe, learningRate, tangentKernel, eigenspace } = row as SpikeRow & Recorded;
  if (probe === undefined) {
    return {
      lambdaMax: tangentKernel?.lambdaMax ?? null,
      lossTop: eigenspace?.lossTop ?? null,
      rateToCritical: tangentKernel?.learningRateRatio ?? null,
    };
  }
  const lens = probe.batch;
  const lossTop = probe.abilities.loss === 'square' ? whenReady(lens.lossSplitEstimate(rank), ({ top }) => top) : null;
  const lambdaMax = whenReady(lens.tangentKernelEigenpairs(1), ({ values }) => values[0]! / lens.size);
  return whenBoth(lossTop, lambdaMax, (top, lambda) =>
    whenReady(lens.criticalLearningRate(), (critical) => ({
      lambdaMax: lambda,
      lossTop: top,
      rateToCritical: learningRate === undefined ? null : learningRate / critical,
    })),
  );
}
