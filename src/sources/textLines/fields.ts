import type { TextRecord } from './parsedLine.ts';

/** The names that trainers give to what a row needs, best first; case and `_ / . -` and spaces make no difference. */
const conventional = {
  step: [
    'step',
    'global step',
    'iteration',
    'iter',
    '_step',
    'it',
    'num updates',
    'update',
    'trainer/global_step',
    'train/global_step',
    'steps',
  ],
  loss: [
    'loss',
    'train loss',
    'training loss',
    'lm loss',
    'train loss step',
    'batch loss',
    'loss/train',
    'total loss',
    'nll loss',
    'cross entropy',
  ],
  learningRate: ['learning rate', 'learningRate', 'lr', 'train/learning_rate', 'train/lr'],
  seconds: ['seconds', '_runtime'],
  epoch: ['epoch', 'train/epoch'],
};

export type KnownField = keyof typeof conventional;

/** Ranks the names of one field: 0 is the best one there is, undefined is none. */
export class FieldNames {
  readonly #ranks: ReadonlyMap<string, number>;
  /** Records of a stream have the same names over and over. */
  readonly #known = new Map<string, number | undefined>();
  /** The name that the user gave, if any. */
  readonly given: string | undefined;

  /** @param given the only name that counts, if given */
  constructor(field: KnownField, given?: string) {
    this.given = given;
    const names = given === undefined ? conventional[field] : [given];
    this.#ranks = new Map(names.map((name, index) => [plain(name), index]));
  }

  rank(name: string): number | undefined {
    if (this.given !== undefined && name === this.given) return -1;
    if (!this.#known.has(name)) {
      // Names are as many as a log makes them.
      if (this.#known.size > 4096) this.#known.clear();
      this.#known.set(name, this.#ranks.get(plain(name)));
    }
    return this.#known.get(name);
  }

  /** The best name in a record. */
  best(record: TextRecord): string | undefined {
    let best: string | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const name in record) {
      const rank = this.rank(name);
      if (rank !== undefined && rank < bestRank) {
        best = name;
        bestRank = rank;
      }
    }
    return best;
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s/._-]+/g, ' ');
}
