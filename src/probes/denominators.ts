import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/** What the latest update divided by, element by element, of each layer that has parameters, in order. */
export function denominators(lens: WorkingLens): Eventual<readonly Float32Array[] | null> {
  return lens.once('denominators', () => {
    const found = lens.subject.denominators?.() ?? null;
    if (found === null) return null;
    const flat = lens.scope.own(() => tf.concat1d(found.map((tensor) => tf.reshape(tensor, [tensor.size]))));
    tf.dispose(found);
    return whenReady(read(flat), (numbers) => {
      let next = 0;
      return lens.parameters
        .filter((layer) => layer.length > 0)
        .map((layer) => {
          const begin = next;
          for (const { size } of layer) next += size;
          return numbers.slice(begin, next);
        });
    });
  });
}
