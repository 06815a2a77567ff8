// Rows of a table by ids, and the gradient of the table.
//
//   y[i, :] = weight[ids[i], :]            dweight[v, :] = Σ dy[i, :] over all i with ids[i] = v
//
// ids[n] are i32. Whoever gives them has checked them (src/graph/limits.ts); ids that an op has computed have not been
// seen by anyone, so each is held within the table here, and no address leaves it. The sums add in ascending i.
// Rows are tight.

import { loadTail, storeTail } from "./row";

/** The id at `ids`, held from 0 to rows - 1. */
export function idAt(ids: usize, rows: i32): i32 {
  return max(0, min(load<i32>(ids), rows - 1));
}

/** y[n, cols] = rows of weight[rows, cols] */
export function embedding(y: usize, ids: usize, weight: usize, n: i32, rows: i32, cols: i32): void {
  const size = (<usize>cols) << 2;
  const whole = (<usize>(cols >> 2)) << 4;
  const rest = cols & 3;
  for (; n > 0; n--, ids += 4, y += size) {
    const from = weight + <usize>idAt(ids, rows) * size;
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(y + at, v128.load(from + at));
    if (rest) storeTail(y + at, loadTail(from + at, rest), rest);
  }
}

/**
 * dweight[rows, cols] = sums of the rows of dy[n, cols] by id; those of the id `padding` do not count (-1: all do). Rows of
 * both are `step` elements apart.
 */
export function embeddingGrad(
  dweight: usize,
  ids: usize,
  dy: usize,
  n: i32,
  rows: i32,
  cols: i32,
  padding: i32,
  step: i32,
): void {
  const size = (<usize>step) << 2;
  const whole = (<usize>(cols >> 2)) << 4;
  const rest = cols & 3;
  if (cols == step) memory.fill(dweight, 0, <usize>rows * size);
  else for (let row: usize = 0; row < <usize>rows; row++) memory.fill(dweight + row * size, 0, (<usize>cols) << 2);
  for (; n > 0; n--, ids += 4, dy += size) {
    const id = idAt(ids, rows);
    if (id == padding) continue;
    const to = dweight + <usize>id * size;
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(dy + at)));
    if (rest) storeTail(to + at, f32x4.add(loadTail(to + at, rest), loadTail(dy + at, rest)), rest);
  }
}
