import { CatapultDetector, type CatapultDetectorOptions } from '../detectors/catapultDetector.ts';
import type { SpikeState } from '../detectors/spikeDetector.ts';
import type { SpikeEvent } from '../detectors/spikeEvent.ts';
import { whenReady } from '../eventual.ts';
import type { LossRow } from '../step.ts';
import { type Annotator, annotator } from './annotator.ts';
import { DetectorMemory } from './detectorMemory.ts';
import { KernelWitness, type SavedKernelWitness } from './kernelWitness.ts';
import { spikeEventGroup } from './spikeEventColumns.ts';
import type { SpikeFields } from './spikes.ts';

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

interface SavedCatapults {
  readonly detector: never;
  readonly witness: SavedKernelWitness;
}

/** A row that {@link spikes} has seen. */
export type SpikeRow = LossRow & { readonly spikes: SpikeFields };

/**
 * Tells catapults from other spikes: the loss came back, the tangent kernel is flatter than it was, and the
 * rise was in its top eigenspace. Goes after {@link spikes}.
 *
 * On a live run it asks the probe of the batch for lambda_max at every step, and for the top eigenspace while
 * a rise is open and still rising. In full-batch training the share is that of `Lens.riseShare`, for any loss;
 * on mini-batches, whose samples change, it is the first eigenvector's share of each batch's own square loss.
 * On a recorded run it uses what was recorded (`tangentKernel.lambdaMax`, `eigenspace.lossTop`), and on a bare
 * loss it says what it could not check.
 * Source: Zhu et al. 2024 (arXiv 2306.04815), section 3.
 * @throws {Error} with the first row, when `spikes()` does not come before it.
 */
export function catapults<Name extends string = 'catapults'>(
  options: CatapultsOptions<Name> = {},
): Annotator<SpikeRow, Name, CatapultFields> {
  const { as = 'catapults' as Name, rank = 5, ...settings } = options;
  new CatapultDetector(settings);
  if (!Number.isInteger(rank) || rank < 1) {
    throw new RangeError(`catapults: rank = ${rank}: expected a whole number of at least 1`);
  }
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
      const memory = new DetectorMemory(new CatapultDetector(settings), CatapultDetector.fromJSON);
      const witness = new KernelWitness(rank);
      return {
        measure: (row) =>
          whenReady(witness.evidence(row), (seen) => {
            const { topShare, event } = memory.detector.push(row.loss, spikeStateOf(row), seen);
            return { topShare, event };
          }),
        save: () => ({ detector: memory.save(), witness: witness.save() }),
        restore(saved: SavedCatapults) {
          memory.restore(saved.detector);
          witness.restore(saved.witness);
        },
      };
    },
  });
}

/** What `CatapultDetector` reads of a spike detector's state, from the fields of the row. */
function spikeStateOf(row: SpikeRow): Pick<SpikeState, 'step' | 'open' | 'begin' | 'event'> {
  const { open, event } = row.spikes;
  return { step: row.step, open, begin: event?.begin ?? Number.NaN, event };
}
