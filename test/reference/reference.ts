import { readFileSync } from 'node:fs';

/** A tensor of the float64 reference files: row-major. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface ReferenceNet {
  readonly n: number;
  readonly c: number;
  readonly param_order: readonly string[];
  readonly params: Readonly<Record<string, ReferenceTensor>>;
  readonly X: ReferenceTensor;
  readonly y: ReferenceTensor;
  readonly [quantity: string]: unknown;
}

/** Reads `tangent-kernel.json` or `agop.json`: values computed in float64 by an independent program. */
export function referenceNets(file: 'tangent-kernel' | 'agop'): Readonly<Record<string, ReferenceNet>> {
  return JSON.parse(readFileSync(new URL(`${file}.json`, import.meta.url), 'utf8')).nets;
}
