import * as tf from '@tensorflow/tfjs-core';
import { type Eventual, whenReady } from '../eventual.ts';
import type { Network } from '../models/model.ts';
import { read } from './read.ts';
import type { WorkingLens } from './workingLens.ts';

/** Names of the layers that have parameters, in order: that of the first parameter of each. */
export function layersWithParameters({ layers }: Network): string[] {
  return layers.flatMap(({ parameters }) => (parameters.length === 0 ? [] : [parameters[0]!.name]));
}

/** Euclidean length of the parameters of each of {@link layersWithParameters}, a weight and its bias together. */
export function parameterNorms(lens: WorkingLens): Eventual<Float64Array> {
  return lens.once('parameterNorms', () => {
    const layers = lens.parameters.filter((layer) => layer.length > 0);
    const squares = lens.scope.own(() =>
      tf.stack(layers.map((layer) => tf.addN(layer.map((parameter) => tf.sum(tf.square(parameter)))))),
    );
    return whenReady(read(squares), (values) => Float64Array.from(values, Math.sqrt));
  });
}
