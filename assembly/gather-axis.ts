// Elements by ids along an axis, and the gradients, which add where several ids are equal. x is seen as
// [outer, size, inner] around the axis.
//
//   take:          y[o, i, :] = x[o, ids[i], :]              dx[o, v, :] = Σ dy[o, i, :] over all i with ids[i] = v
//   gatherAlong:   y[o, i, j] = x[o, ids[o, i, j], j]        dx[o, v, j] = Σ dy[o, i, j] over all i with ids[o, i, j] = v
//
// ids are i32, each held from 0 to size - 1, so that no address leaves x. Sums add in ascending i. Rows are tight.
// The forward kernels move words of any type.

import { idAt } from "./embedding";
import { loadTail, storeTail } from "./row";

/** y[outer, n, inner] from x[outer, size, inner] by ids[n] */
export function take(y: usize, x: usize, ids: usize, outer: i32, size: i32, n: i32, inner: i32): void {
  const row = (<usize>inner) << 2;
  const whole = (<usize>(inner >> 2)) << 4;
  const rest = inner & 3;
  const slab = <usize>size * row;
  for (; outer > 0; outer--, x += slab) {
    let id = ids;
    for (let i = 0; i < n; i++, id += 4, y += row) {
      const from = x + <usize>idAt(id, size) * row;
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(y + at, v128.load(from + at));
      if (rest) storeTail(y + at, loadTail(from + at, rest), rest);
    }
  }
}

/** dx[outer, size, inner] from dy[outer, n, inner] and ids[n] */
export function takeGrad(dx: usize, dy: usize, ids: usize, outer: i32, size: i32, n: i32, inner: i32): void {
  const row = (<usize>inner) << 2;
  const whole = (<usize>(inner >> 2)) << 4;
  const rest = inner & 3;
  const slab = <usize>size * row;
  for (; outer > 0; outer--, dx += slab) {
    memory.fill(dx, 0, slab);
    let id = ids;
    for (let i = 0; i < n; i++, id += 4, dy += row) {
      const to = dx + <usize>idAt(id, size) * row;
      let at: usize = 0;
      for (; at < whole; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(dy + at)));
      if (rest) storeTail(to + at, f32x4.add(loadTail(to + at, rest), loadTail(dy + at, rest)), rest);
    }
  }
}

/** y[outer, n, inner] from x[outer, size, inner] by ids[outer, n, inner] */
export function gatherAlong(y: usize, x: usize, ids: usize, outer: i32, size: i32, n: i32, inner: i32): void {
  const row = (<usize>inner) << 2;
  const slab = <usize>size * row;
  for (; outer > 0; outer--, x += slab) {
    for (let i = 0; i < n; i++) {
      for (let at: usize = 0; at < row; at += 4, ids += 4, y += 4) {
        store<f32>(y, load<f32>(x + at + <usize>idAt(ids, size) * row));
      }
    }
  }
}

/** dx[outer, size, inner] from dy and ids, both [outer, n, inner] */
export function gatherAlongGrad(dx: usize, dy: usize, ids: usize, outer: i32, size: i32, n: i32, inner: i32): void {
  const row = (<usize>inner) << 2;
  const slab = <usize>size * row;
  for (; outer > 0; outer--, dx += slab) {
    memory.fill(dx, 0, slab);
    for (let i = 0; i < n; i++) {
      for (let at: usize = 0; at < row; at += 4, ids += 4, dy += 4) {
        const to = dx + at + <usize>idAt(ids, size) * row;
        store<f32>(to, load<f32>(to) + load<f32>(dy));
      }
    }
  }
}
