import type { KernelEvidence } from '../detectors/catapultDetector.ts';
import { type Eventual, whenBoth, whenReady } from '../eventual.ts';
import type { Saved } from '../memory.ts';
import type { Lens } from '../probe.ts';
import type { LossRow, TrainingStep } from '../step.ts';
import type { EigenspaceFields } from './eigenspace.ts';
import type { SpikeFields } from './spikes.ts';
import type { TangentKernelFields } from './tangentKernel.ts';

type WatchedRow = LossRow & { readonly spikes: SpikeFields };

/** Fields that other operators may have left on the row. */
interface Recorded {
  readonly probe?: TrainingStep['probe'];
  readonly learningRate?: number;
  readonly tangentKernel?: TangentKernelFields;
  readonly eigenspace?: EigenspaceFields;
}

/** The outputs of the samples at a step, sample-major. */
interface SeenOutputs {
  readonly step: number;
  readonly predictions: Float32Array;
}

/** What a {@link KernelWitness} remembers. */
export interface SavedKernelWitness {
  readonly rank: number;
  readonly outputs: readonly SeenOutputs[];
  readonly before: Float32Array | null;
  readonly highest: number;
}

/** Rows over which the outputs are remembered: a rise is recognised some steps after it has begun. */
const remembered = 32;

/** Gathers from each row what is to be known of the kernel, and asks for no more than the moment needs. */
export class KernelWitness {
  readonly #rank: number;
  /** The outputs of the last rows, oldest first, while no rise is open. */
  readonly #outputs: SeenOutputs[] = [];
  /** The outputs before the open rise. */
  #before: Float32Array | undefined;
  #highest = Number.NEGATIVE_INFINITY;

  constructor(rank: number) {
    this.#rank = rank;
  }

  save(): SavedKernelWitness & Saved {
    return {
      rank: this.#rank,
      outputs: this.#outputs.map(({ step, predictions }) => ({ step, predictions })),
      before: this.#before ?? null,
      highest: this.#highest,
    };
  }

  /** @throws {RangeError} when the saved one looked at another number of eigenvectors. */
  restore({ rank, outputs, before, highest }: SavedKernelWitness): void {
    if (rank !== this.#rank)
      throw new RangeError(`catapults: rank = ${this.#rank}: expected ${rank}, as in the checkpoint`);
    this.#outputs.splice(0, this.#outputs.length, ...outputs);
    this.#before = before ?? undefined;
    this.#highest = highest;
  }

  evidence(row: WatchedRow): Eventual<KernelEvidence> {
    const { probe, learningRate, tangentKernel, eigenspace } = row as WatchedRow & Recorded;
    // A batch whose samples are coupled has no kernel of its own.
    if (probe === undefined || probe.abilities.couplesSamples) {
      return {
        lambdaMax: tangentKernel?.lambdaMax ?? null,
        lossTop: eigenspace?.lossTop ?? null,
        rateToCritical: tangentKernel?.learningRateRatio ?? null,
      };
    }
    const lens = probe.batch;
    const lambdaMax = whenReady(lens.tangentKernelEigenpairs(1), ({ values }) => values[0]! / lens.size);
    const known = learningRate !== undefined && !probe.abilities.preconditioned;
    return whenBoth(lambdaMax, this.#share(row, probe), (lambda, share) =>
      whenReady(known ? lens.criticalLearningRate() : null, (critical) => ({
        ...share,
        lambdaMax: lambda,
        rateToCritical: critical === null ? null : learningRate! / critical,
      })),
    );
  }

  #share(
    row: WatchedRow,
    { abilities, batch, train }: TrainingStep['probe'],
  ): Eventual<Pick<KernelEvidence, 'lossTop' | 'riseShare'>> {
    if (batch !== train) {
      if (abilities.loss !== 'square') return { lossTop: null };
      return whenReady(batch.lossSplit(1), ({ top }) => ({ lossTop: top }));
    }
    return whenReady(this.#riseShare(row, batch), (share) => ({ lossTop: null, riseShare: share }));
  }

  #riseShare({ step, loss, spikes: { open, event } }: WatchedRow, lens: Lens): Eventual<number | null> {
    if (!open) {
      this.#before = undefined;
      this.#highest = Number.NEGATIVE_INFINITY;
      return whenReady(lens.predictions(), (predictions) => {
        if (this.#outputs.length === remembered) this.#outputs.shift();
        this.#outputs.push({ step, predictions });
        return null;
      });
    }
    if (event?.state === 'open' && this.#before === undefined) {
      this.#before = this.#outputs.findLast((output) => output.step < event.begin)?.predictions;
      this.#outputs.length = 0;
    }
    // The share counts at each new highest loss: on the way down there is nothing to measure.
    if (this.#before === undefined || !(loss > this.#highest)) return null;
    this.#highest = loss;
    return lens.riseShare(this.#before, this.#rank);
  }
}
