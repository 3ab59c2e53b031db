import { cnn } from '../../src/models/cnn.ts';
import type { Model } from '../../src/models/model.ts';
import { visionTransformer } from '../../src/models/visionTransformer.ts';

/** The network of a setting: a vision transformer of 19,594 parameters, or a CNN of 14,458 with its norms, on 28 x 28 pixels. */
export function rootFreeModel(setting: 'transformer' | 'cnn', norm: 'batch' | 'none' = 'batch'): Model {
  if (setting === 'transformer') return visionTransformer();
  return cnn({
    blocks: [16, 32, 32].map((channels) => ({ channels, kernel: 3, stride: 2, padding: 'same' as const })),
    norm,
    head: 'globalAverage',
    parameterization: 'standard',
  });
}
