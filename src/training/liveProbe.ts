import type { Lens, Probe, ProbeAbilities } from '../probe.ts';
import type { ModelLens } from '../probes/lens.ts';

/** The probe of a step of our own trainer: its lenses are made when somebody looks through them. */
export class LiveProbe implements Probe {
  readonly abilities: ProbeAbilities;
  readonly batch: ModelLens;
  #train: ModelLens | undefined;
  #test: ModelLens | undefined;
  #previous: ModelLens | null | undefined;
  #makeTrain: (() => ModelLens) | undefined;
  #makeTest: () => ModelLens;
  #makePrevious: () => ModelLens | null;

  /**
   * @param makeTrain undefined when the batch is the whole training set.
   * @param makePrevious of the batch of the step before; null where there is none.
   */
  constructor(
    abilities: ProbeAbilities,
    batch: ModelLens,
    makeTrain: (() => ModelLens) | undefined,
    makeTest: () => ModelLens,
    makePrevious: () => ModelLens | null,
  ) {
    this.abilities = abilities;
    this.batch = batch;
    this.#train = makeTrain === undefined ? batch : undefined;
    this.#makeTrain = makeTrain;
    this.#makeTest = makeTest;
    this.#makePrevious = makePrevious;
  }

  get train(): Lens {
    this.#train ??= this.#makeTrain!();
    return this.#train;
  }

  get test(): Lens {
    this.#test ??= this.#makeTest();
    return this.#test;
  }

  get previousBatch(): Lens | null {
    if (this.#previous === undefined) this.#previous = this.#makePrevious();
    return this.#previous;
  }

  /** After the step's delivery: every lens refuses, and a kept row keeps nothing of the model alive. */
  expire(): void {
    const expired = this.batch;
    expired.expire();
    this.#train?.expire();
    this.#test?.expire();
    this.#previous?.expire();
    this.#train = expired;
    this.#test = expired;
    this.#previous = expired;
    this.#makeTrain = undefined;
    this.#makeTest = () => expired;
    this.#makePrevious = () => expired;
  }
}
