// The k largest elements of each row, largest first, with their places.
//
// Of equal elements the first comes first, and NaN counts as the largest, as in argmax. The outputs' row holds a heap
// while the row of x is read, with the worst of the k best so far on top; four elements at a time are compared with it,
// of which few are better. Then the heap is sorted in place.

/** values[rows, k] and places[rows, k] (i32) of x[rows, cols]; k <= cols */
export function topK(values: usize, places: usize, x: usize, rows: i32, cols: i32, k: i32): void {
  const size = (<usize>k) << 2;
  for (; rows > 0; rows--, x += (<usize>cols) << 2, values += size, places += size)
    topOfRow(values, places, x, cols, k);
}

function topOfRow(values: usize, places: usize, x: usize, cols: i32, k: i32): void {
  for (let i = 0; i < k; i++) {
    const at = (<usize>i) << 2;
    store<f32>(values + at, load<f32>(x + at));
    store<i32>(places + at, i);
  }
  for (let i = (k >> 1) - 1; i >= 0; i--) sink(values, places, i, k);

  let i = k;
  for (; i + 4 <= cols; i += 4) {
    const at = x + ((<usize>i) << 2);
    // "Not at most the worst": NaN, too. Equal ones come later than it, and are no better.
    const worst = v128.load32_splat(values);
    let hits = i32x4.bitmask(f32x4.le(v128.load(at), worst)) ^ 15;
    for (; hits; hits &= hits - 1) offer(values, places, x, i + ctz(hits), k);
  }
  for (; i < cols; i++) offer(values, places, x, i, k);

  for (let last = k - 1; last > 0; last--) {
    const at = (<usize>last) << 2;
    const value = load<f32>(values);
    const place = load<i32>(places);
    store<f32>(values, load<f32>(values + at));
    store<i32>(places, load<i32>(places + at));
    store<f32>(values + at, value);
    store<i32>(places + at, place);
    sink(values, places, 0, last);
  }
}

/** Takes x[i] in place of the worst if it is better. */
function offer(values: usize, places: usize, x: usize, i: i32, k: i32): void {
  const value = load<f32>(x + ((<usize>i) << 2));
  if (!worse(load<f32>(values), load<i32>(places), value, i)) return;
  store<f32>(values, value);
  store<i32>(places, i);
  sink(values, places, 0, k);
}

/** Whether element a at place i comes behind element b at place j. */
function worse(a: f32, i: i32, b: f32, j: i32): bool {
  if (a == b || (a != a && b != b)) return i > j;
  return a < b || b != b;
}

/** Moves element i of a heap of n down to where it belongs. */
function sink(values: usize, places: usize, i: i32, n: i32): void {
  const value = load<f32>(values + ((<usize>i) << 2));
  const place = load<i32>(places + ((<usize>i) << 2));
  for (;;) {
    let child = 2 * i + 1;
    if (child >= n) break;
    let at = (<usize>child) << 2;
    const right =
      child + 1 < n &&
      worse(load<f32>(values + at, 4), load<i32>(places + at, 4), load<f32>(values + at), load<i32>(places + at));
    if (right) {
      child++;
      at += 4;
    }
    if (!worse(load<f32>(values + at), load<i32>(places + at), value, place)) break;
    store<f32>(values + ((<usize>i) << 2), load<f32>(values + at));
    store<i32>(places + ((<usize>i) << 2), load<i32>(places + at));
    i = child;
  }
  store<f32>(values + ((<usize>i) << 2), value);
  store<i32>(places + ((<usize>i) << 2), place);
}
