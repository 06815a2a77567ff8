// Rotary positions: pairs of a vector's elements are turned by an angle that grows with its place in the sequence, so
// that the product of two vectors depends on their distance (Su et al., 2021).
//
//   (a, b) → (a cos - b sin, b cos + a sin)      angle = position · base^(-2i / dim) for pair i
//
//   halves         a = x[i], b = x[i + dim / 2]        as GPT-NeoX and Llama's checkpoints on Hugging Face have it
//   interleaved    a = x[2i], b = x[2i + 1]            as in the paper
//
// x is rows of `width` elements, `length` of which make a sequence. The first `heads` vectors of `dim` elements in a row
// are turned, the rest is copied: in a packed row of queries, keys and values, the values stay as they are. The tables
// [limit, dim / 2] hold the cosines and sines of each position. Row t of a sequence stands at position start + t, where
// start is 0 or comes from a tensor (i32), one for `perStart` rows; it is held within the tables. The rows
// given are those from number `first` on. y may be x. Backward turns the other way.

/** y[rows, width] */
export function rotary(
  y: usize,
  x: usize,
  cosines: usize,
  sines: usize,
  starts: usize,
  rows: i32,
  length: i32,
  width: i32,
  heads: i32,
  dim: i32,
  limit: i32,
  perStart: i32,
  backward: i32,
  interleaved: i32,
  first: i32,
): void {
  const half = dim >> 1;
  const size = (<usize>dim) << 2;
  const rest = ((<usize>width) << 2) - size * heads;
  const turn = f32x4.splat(backward ? -1 : 1);
  for (let row = first; row < first + rows; row++) {
    const start = starts ? load<i32>(starts + ((<usize>(row / perStart)) << 2)) : 0;
    const position = max(0, min(start, limit - length)) + (row % length);
    const at = (<usize>position * half) << 2;
    for (let head = 0; head < heads; head++, x += size, y += size) {
      if (interleaved) turnPairs(y, x, cosines + at, sines + at, half, turn);
      else turnHalves(y, x, cosines + at, sines + at, half, turn);
    }
    if (y != x) memory.copy(y, x, rest);
    x += rest;
    y += rest;
  }
}

/** The first half of a vector against its second half. */
function turnHalves(y: usize, x: usize, cosines: usize, sines: usize, half: i32, turn: v128): void {
  const second = (<usize>half) << 2;
  let left = half;
  for (; left >= 4; left -= 4, y += 16, x += 16, cosines += 16, sines += 16) {
    const a = v128.load(x);
    const b = v128.load(x + second);
    const c = v128.load(cosines);
    const s = f32x4.mul(v128.load(sines), turn);
    v128.store(y, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
    v128.store(y + second, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
  }
  for (; left > 0; left--, y += 4, x += 4, cosines += 4, sines += 4) {
    const a = load<f32>(x);
    const b = load<f32>(x + second);
    const s = load<f32>(sines) * f32x4.extract_lane(turn, 0);
    store<f32>(y, a * load<f32>(cosines) - b * s);
    store<f32>(y + second, b * load<f32>(cosines) + a * s);
  }
}

/** Each element of even number against the one behind it. */
function turnPairs(y: usize, x: usize, cosines: usize, sines: usize, half: i32, turn: v128): void {
  const signs = f32x4.mul(turn, f32x4(-1, 1, -1, 1));
  let left = half;
  for (; left >= 2; left -= 2, y += 16, x += 16, cosines += 8, sines += 8) {
    const v = v128.load(x);
    const swapped = v128.shuffle<f32>(v, v, 1, 0, 3, 2);
    const c = v128.load64_zero(cosines);
    const s = v128.load64_zero(sines);
    const both = v128.shuffle<f32>(s, s, 0, 0, 1, 1);
    const straight = f32x4.mul(v, v128.shuffle<f32>(c, c, 0, 0, 1, 1));
    v128.store(y, f32x4.add(straight, f32x4.mul(swapped, f32x4.mul(both, signs))));
  }
  if (left > 0) {
    const a = load<f32>(x);
    const b = load<f32>(x, 4);
    const s = load<f32>(sines) * f32x4.extract_lane(turn, 0);
    store<f32>(y, a * load<f32>(cosines) - b * s);
    store<f32>(y, b * load<f32>(cosines) + a * s, 4);
  }
}
