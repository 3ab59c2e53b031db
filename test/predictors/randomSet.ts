import { normalArray, randomStream } from '../../src/randomness.ts';
import type { Dataset } from '../../src/tasks/task.ts';

/** Normal inputs; targets are random signs or normal values. With more inputs than samples anything can be fitted. */
export function randomSet(size: number, dimension: number, seed: number, targets: 'signs' | 'values'): Dataset {
  const stream = randomStream(seed, 'set');
  const inputs = normalArray(stream, size * dimension);
  const values = Float32Array.from({ length: size }, () =>
    targets === 'signs' ? 2 * stream.integer(2) - 1 : stream.normal(),
  );
  return { inputs, targets: values, size, dimension, outputs: 1 };
}
