// One sample's step of an LSTM, forward and backward, between the recurrent product and the next step:
//
//   i = σ(a0)  f = σ(a1)  g = tanh(a2)  o = σ(a3)        c = f c' + i g        h = o tanh(c)
//
//   dc = dc + dh o (1 - tanh²c)     di = dc g i (1 - i)     df = dc c' f (1 - f)     dg = dc i (1 - g²)
//   do = dh tanh(c) o (1 - o)       dc' = dc f + (what flows in at c')
//
// The gates lie one after another, [4, n]. Nothing is read or written beyond the end of a row.

import { loadTail, storeTail } from "./row";
import { sigmoidV, tanhV } from "./simd-math";

/** a[4, n]: gates before their activation, and after it. h, c [n] from c' = before [n]. */
export function lstmCell(a: usize, h: usize, c: usize, before: usize, n: i32): void {
  const size = (<usize>n) << 2;
  const whole = size & ~15;
  const rest = n & 3;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const i = sigmoidV(v128.load(a + at));
    const f = sigmoidV(v128.load(a + size + at));
    const g = tanhV(v128.load(a + 2 * size + at));
    const o = sigmoidV(v128.load(a + 3 * size + at));
    const state = f32x4.add(f32x4.mul(f, v128.load(before + at)), f32x4.mul(i, g));
    v128.store(a + at, i);
    v128.store(a + size + at, f);
    v128.store(a + 2 * size + at, g);
    v128.store(a + 3 * size + at, o);
    v128.store(c + at, state);
    v128.store(h + at, f32x4.mul(o, tanhV(state)));
  }
  if (rest) {
    const i = sigmoidV(loadTail(a + at, rest));
    const f = sigmoidV(loadTail(a + size + at, rest));
    const g = tanhV(loadTail(a + 2 * size + at, rest));
    const o = sigmoidV(loadTail(a + 3 * size + at, rest));
    const state = f32x4.add(f32x4.mul(f, loadTail(before + at, rest)), f32x4.mul(i, g));
    storeTail(a + at, i, rest);
    storeTail(a + size + at, f, rest);
    storeTail(a + 2 * size + at, g, rest);
    storeTail(a + 3 * size + at, o, rest);
    storeTail(c + at, state, rest);
    storeTail(h + at, f32x4.mul(o, tanhV(state)), rest);
  }
}

/** y · (1 - y) · d */
function throughSigmoid(d: v128, y: v128): v128 {
  return f32x4.mul(d, f32x4.sub(y, f32x4.mul(y, y)));
}

/** da[4, n] before the activations; dc[n] becomes the gradient of c', plus `more`[n] if it is not 0. */
export function lstmCellGrad(
  da: usize,
  dc: usize,
  dh: usize,
  more: usize,
  a: usize,
  c: usize,
  before: usize,
  n: i32,
): void {
  const size = (<usize>n) << 2;
  const whole = size & ~15;
  const rest = n & 3;
  const one = f32x4.splat(1);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const i = v128.load(a + at);
    const f = v128.load(a + size + at);
    const g = v128.load(a + 2 * size + at);
    const o = v128.load(a + 3 * size + at);
    const squashed = tanhV(v128.load(c + at));
    const d = v128.load(dh + at);
    const open = f32x4.sub(one, f32x4.mul(squashed, squashed));
    const dState = f32x4.add(v128.load(dc + at), f32x4.mul(f32x4.mul(d, o), open));
    v128.store(da + at, throughSigmoid(f32x4.mul(dState, g), i));
    v128.store(da + size + at, throughSigmoid(f32x4.mul(dState, v128.load(before + at)), f));
    v128.store(da + 2 * size + at, f32x4.mul(f32x4.mul(dState, i), f32x4.sub(one, f32x4.mul(g, g))));
    v128.store(da + 3 * size + at, throughSigmoid(f32x4.mul(d, squashed), o));
    const back = f32x4.mul(dState, f);
    v128.store(dc + at, more ? f32x4.add(back, v128.load(more + at)) : back);
  }
  if (rest) {
    const i = loadTail(a + at, rest);
    const f = loadTail(a + size + at, rest);
    const g = loadTail(a + 2 * size + at, rest);
    const o = loadTail(a + 3 * size + at, rest);
    const squashed = tanhV(loadTail(c + at, rest));
    const d = loadTail(dh + at, rest);
    const open = f32x4.sub(one, f32x4.mul(squashed, squashed));
    const dState = f32x4.add(loadTail(dc + at, rest), f32x4.mul(f32x4.mul(d, o), open));
    storeTail(da + at, throughSigmoid(f32x4.mul(dState, g), i), rest);
    storeTail(da + size + at, throughSigmoid(f32x4.mul(dState, loadTail(before + at, rest)), f), rest);
    storeTail(da + 2 * size + at, f32x4.mul(f32x4.mul(dState, i), f32x4.sub(one, f32x4.mul(g, g))), rest);
    storeTail(da + 3 * size + at, throughSigmoid(f32x4.mul(d, squashed), o), rest);
    const back = f32x4.mul(dState, f);
    storeTail(dc + at, more ? f32x4.add(back, loadTail(more + at, rest)) : back, rest);
  }
}
