/** An NPY file as numpy.lib.format describes it, written independently of the parser. */
export function npyBytes(
  description: string,
  shape: readonly number[],
  values: Uint8Array,
  { version = 1, fortran = false }: { readonly version?: number; readonly fortran?: boolean } = {},
): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${description}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const start = version === 1 ? 10 : 12;
  const padded = `${text}${' '.repeat(63 - ((start + text.length) % 64))}\n`;
  const lengths = version === 1 ? [0, 8] : [0, 8, 16, 24];
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...lengths.map((shift) => (padded.length >> shift) & 255),
    ...new TextEncoder().encode(padded),
    ...values,
  ]);
}
