/** An IDX file of unsigned bytes as its format describes it, written independently of the parser. */
export function idxBytes(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const header = [0, 0, 8, shape.length];
  for (const size of shape) header.push((size >>> 24) & 255, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  return Uint8Array.from([...header, ...Array.from(values)]);
}
