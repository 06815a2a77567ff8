// Adagrad (Duchi et al., 2011): torch.optim.Adagrad.
//
//   s = s + g²
//   p = p - lr / (1 + (t - 1) lrDecay) g / (sqrt(s) + eps)
//
//   hyper  2 lrDecay   3 eps
//   s0     s, sum; starts at initialAccumulatorValue and only grows

import { gradientFactor, hyperAt, splat } from "./optimizer-shared";
import { madd } from "./simd";

export function adagrad(
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
  const factor = gradientFactor(hyper, scale);
  const decay = splat(hyperAt(hyper, 1));
  const eps = splat(hyperAt(hyper, 3));
  const rate = splat(lr / (1 + <f64>step * hyperAt(hyper, 2)));
  const kept = keep != 0 ? keep : p;
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    const sum = madd(d, d, v128.load(s0 + at));
    v128.store(s0 + at, sum);
    const change = f32x4.div(f32x4.mul(rate, d), f32x4.add(f32x4.sqrt(sum), eps));
    v128.store(kept + at, old);
    v128.store(p + at, f32x4.sub(old, change));
    at += 16;
  } while (at < end);
}
