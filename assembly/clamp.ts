// Values held within limits, and the gradient, which passes where they were within them already:
//
//   y  = min(max(x, least), most)
//   dx = dy where least ≤ x ≤ most, else 0
//
// NaN stays NaN. Loops have no tail: buffers are padded to whole lines. y may be x, dx may be dy.

/** y[n] */
export function clamp(y: usize, x: usize, n: i32, least: f32, most: f32): void {
  const low = f32x4.splat(least);
  const high = f32x4.splat(most);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) {
    v128.store(y, f32x4.pmin(f32x4.pmax(v128.load(x), low), high));
  }
}

/** dx[n] */
export function clampGrad(dx: usize, dy: usize, x: usize, n: i32, least: f32, most: f32): void {
  const low = f32x4.splat(least);
  const high = f32x4.splat(most);
  for (const end = dx + ((<usize>n) << 2); dx < end; dx += 16, dy += 16, x += 16) {
    const value = v128.load(x);
    const within = v128.and(f32x4.ge(value, low), f32x4.le(value, high));
    v128.store(dx, v128.and(v128.load(dy), within));
  }
}
