// Ids as rows of zeros with a one:  y[i, c] = 1 if ids[i] = c, else 0. An id that is no class gives zeros alone.

/** y[n, classes] from ids[n] (i32) */
export function oneHot(y: usize, ids: usize, n: i32, classes: i32): void {
  const row = (<usize>classes) << 2;
  memory.fill(y, 0, <usize>n * row);
  for (; n > 0; n--, ids += 4, y += row) {
    const id = load<i32>(ids);
    if (<u32>id < <u32>classes) store<f32>(y + ((<usize>id) << 2), 1);
  }
}
