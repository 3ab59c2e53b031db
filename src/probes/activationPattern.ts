import { type Eventual, isPromise } from '../eventual.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/**
 * Which relu units are active on which samples: 1 or 0 for each sample and unit, layer by layer, sample-major within
 * a layer. A layer counts whose slopes take two values, one of them 0. Null where the model has no such layer.
 */
export function activationPattern(lens: WorkingLens): Eventual<Uint8Array | null> {
  return lens.once('activationPattern', () => {
    const slopes = lens.trace().layers.flatMap((layer) => {
      const slope = layer.slope();
      return slope === null ? [] : [read(slope)];
    });
    return slopes.some(isPromise) ? Promise.all(slopes).then(patternOf) : patternOf(slopes as readonly Float32Array[]);
  });
}

function patternOf(slopes: readonly Float32Array[]): Uint8Array | null {
  const layers = slopes.filter(isOfRelu);
  if (layers.length === 0) return null;
  const pattern = new Uint8Array(layers.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const layer of layers) for (const slope of layer) pattern[at++] = slope > 0 ? 1 : 0;
  return pattern;
}

/** Slopes of relu are 0 or one other number; a layer that is active throughout, or nowhere, is taken for one too. */
function isOfRelu(slopes: Float32Array): boolean {
  let other = 0;
  for (const slope of slopes) {
    if (slope === 0 || slope === other) continue;
    if (other !== 0 || slope < 0) return false;
    other = slope;
  }
  return true;
}
