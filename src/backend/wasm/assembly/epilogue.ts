/** c[i, j] += bias[j], in place. */
export function addBias(c: usize, bias: usize, rows: i32, columns: i32): void {
  const stride = <usize>columns << 2;
  const vectorBytes = <usize>(columns & ~3) << 2;
  for (let row = 0; row < rows; row++) {
    let j: usize = 0;
    for (; j < vectorBytes; j += 16) v128.store(c + j, f32x4.add(v128.load(c + j), v128.load(bias + j)));
    for (; j < stride; j += 4) store<f32>(c + j, load<f32>(c + j) + load<f32>(bias + j));
    c += stride;
  }
}
