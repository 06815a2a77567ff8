// Adamax, Adam with the infinity norm (Kingma and Ba, 2014, section 7.1): torch.optim.Adamax.
//
//   m = beta1 m + (1 - beta1) g
//   u = max(beta2 u, |g| + eps)
//   p = p - lr / (1 - beta1^t) m / u
//
//   hyper  2 beta1   3 beta2   4 eps
//   s0     m, exp_avg
//   s1     u, exp_inf; never below eps, so it needs no flushing

import { powInt } from "../src/shared/scalar";
import { flushMean, gradientFactor, hyperAt, splat, tinyMean } from "./optimizer-shared";
import { madd } from "./simd";

export function adamax(
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
  const beta1 = hyperAt(hyper, 2);
  const t: f64 = step + 1;

  const factor = gradientFactor(hyper, scale);
  const decay = splat(hyperAt(hyper, 1));
  const pastM = splat(beta1);
  const gainM = splat(1 - beta1);
  const pastU = splat(hyperAt(hyper, 3));
  const eps = splat(hyperAt(hyper, 4));
  const rate = splat(lr / (1 - powInt(beta1, t)));
  const tinyM = tinyMean();
  const kept = keep != 0 ? keep : p;
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    const m = flushMean(madd(pastM, v128.load(s0 + at), f32x4.mul(gainM, d)), tinyM);
    const u = f32x4.pmax(f32x4.add(f32x4.abs(d), eps), f32x4.mul(pastU, v128.load(s1 + at)));
    v128.store(s0 + at, m);
    v128.store(s1 + at, u);
    v128.store(kept + at, old);
    v128.store(p + at, f32x4.sub(old, f32x4.div(f32x4.mul(rate, m), u)));
    at += 16;
  } while (at < end);
}
