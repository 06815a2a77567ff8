// Adadelta (Zeiler, 2012): torch.optim.Adadelta.
//
//   v = rho v + (1 - rho) g²
//   d = g sqrt(a + eps) / sqrt(v + eps)
//   a = rho a + (1 - rho) d²
//   p = p - lr d
//
//   hyper  2 rho   3 eps
//   s0     v, square_avg
//   s1     a, acc_delta

import { flushSquare, gradientFactor, hyperAt, splat, tinySquare } from "./optimizer-shared";
import { madd } from "./simd";

export function adadelta(
  p: usize,
  keep: usize,
  g: usize,
  s0: usize,
  s1: usize,
  s2: usize,
  n: i32,
  hyper: usize,
  scale: usize,
  lr: f64,
  step: i32,
): void {
  const rho = hyperAt(hyper, 2);

  const factor = gradientFactor(hyper, scale);
  const decay = splat(hyperAt(hyper, 1));
  const past = splat(rho);
  const gain = splat(1 - rho);
  const eps = splat(hyperAt(hyper, 3));
  const rate = splat(-lr);
  const tiny = tinySquare();
  const kept = keep != 0 ? keep : p;
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    const v = flushSquare(madd(past, v128.load(s0 + at), f32x4.mul(f32x4.mul(gain, d), d)), tiny);
    v128.store(s0 + at, v);
    const a = v128.load(s1 + at);
    const delta = f32x4.mul(f32x4.div(f32x4.sqrt(f32x4.add(a, eps)), f32x4.sqrt(f32x4.add(v, eps))), d);
    v128.store(s1 + at, flushSquare(madd(past, a, f32x4.mul(f32x4.mul(gain, delta), delta)), tiny));
    v128.store(kept + at, old);
    v128.store(p + at, madd(rate, delta, old));
    at += 16;
  } while (at < end);
}
