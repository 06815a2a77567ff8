// Average pooling to a given grid, and its gradient.
//
//   y[p, oy, ox] = mean of x[p, iy, ix],  ⌊oy height / rows⌋ <= iy < ⌈(oy + 1) height / rows⌉, ix alike
//
// Windows may differ in size and overlap; where they do not, src/graph/ops/pool-average.ts takes pool-average.ts
// instead. Planes are outermost: they are independent.

/** The first index of window `o` of `count` over `size` elements. */
function startOf(o: i32, size: i32, count: i32): i32 {
  return <i32>((<i64>o * size) / count);
}

/** One past the last. */
function endOf(o: i32, size: i32, count: i32): i32 {
  return <i32>(((<i64>o + 1) * size + count - 1) / count);
}

/** y[planes, rows, columns] from x[planes, height, width] */
export function adaptiveAvgPool(
  y: usize,
  x: usize,
  planes: i32,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
): void {
  for (; planes > 0; planes--, x += (<usize>(height * width)) << 2) {
    for (let oy = 0; oy < rows; oy++) {
      const top = startOf(oy, height, rows);
      const bottom = endOf(oy, height, rows);
      for (let ox = 0; ox < columns; ox++, y += 4) {
        const left = startOf(ox, width, columns);
        const right = endOf(ox, width, columns);
        let sum: f32 = 0;
        for (let iy = top; iy < bottom; iy++) {
          for (let ix = left; ix < right; ix++) sum += load<f32>(x + ((<usize>(iy * width + ix)) << 2));
        }
        store<f32>(y, sum / <f32>((bottom - top) * (right - left)));
      }
    }
  }
}

/** dx[planes, height, width] from dy[planes, rows, columns] */
export function adaptiveAvgPoolGrad(
  dx: usize,
  dy: usize,
  planes: i32,
  height: i32,
  width: i32,
  rows: i32,
  columns: i32,
): void {
  const picture = (<usize>(height * width)) << 2;
  for (; planes > 0; planes--, dx += picture) {
    memory.fill(dx, 0, picture);
    for (let oy = 0; oy < rows; oy++) {
      const top = startOf(oy, height, rows);
      const bottom = endOf(oy, height, rows);
      for (let ox = 0; ox < columns; ox++, dy += 4) {
        const left = startOf(ox, width, columns);
        const right = endOf(ox, width, columns);
        const part = load<f32>(dy) / <f32>((bottom - top) * (right - left));
        for (let iy = top; iy < bottom; iy++) {
          for (let ix = left; ix < right; ix++) {
            const at = dx + ((<usize>(iy * width + ix)) << 2);
            store<f32>(at, load<f32>(at) + part);
          }
        }
      }
    }
  }
}
