/** out = x': x is rows x columns, dense. Four by four, down columns of 32 so that every line of `out` is filled while it is in cache. */
export function transpose(x: usize, out: usize, rows: i32, columns: i32): void {
  const from = <usize>columns << 2;
  const to = <usize>rows << 2;
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  for (let rowBlock = 0; rowBlock < wholeRows; rowBlock += 32) {
    const rowEnd = min(rowBlock + 32, wholeRows);
    for (let column = 0; column < wholeColumns; column += 4) {
      for (let row = rowBlock; row < rowEnd; row += 4) {
        const source = x + <usize>row * from + (<usize>column << 2);
        const target = out + <usize>column * to + (<usize>row << 2);
        const r0 = v128.load(source);
        const r1 = v128.load(source + from);
        const r2 = v128.load(source + 2 * from);
        const r3 = v128.load(source + 3 * from);
        const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
        const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
        const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
        const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
        v128.store(target, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
        v128.store(target + to, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7));
        v128.store(target + 2 * to, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5));
        v128.store(target + 3 * to, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7));
      }
    }
  }
  for (let row = 0; row < rows; row++) {
    for (let column = row < wholeRows ? wholeColumns : 0; column < columns; column++) {
      store<f32>(out + <usize>column * to + (<usize>row << 2), load<f32>(x + <usize>row * from + (<usize>column << 2)));
    }
  }
}
