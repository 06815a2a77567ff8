// RMSprop (Hinton, lecture 6e, 2012), also centered (Graves, 2013): torch.optim.RMSprop.
//
//   v = alpha v + (1 - alpha) g²
//   a = alpha a + (1 - alpha) g                            centered
//   d = g / (sqrt(v) + eps)                                centered: sqrt(v - a²)
//   b = momentum b + d
//   p = p - lr b                                           p - lr d without momentum
//
// Rounding can take v - a² below zero, where PyTorch's square root gives NaN; here it counts as 0.
//
//   hyper  2 alpha   3 eps   4 momentum   5 centered (0 or 1)
//   s0     v, square_avg
//   s1     b, momentum_buffer, with momentum
//   s2     a, grad_avg, with centered; s1 where there is no momentum

import { flushMean, flushSquare, gradientFactor, hyperAt, splat, tinyMean, tinySquare } from "./optimizer-shared";
import { madd } from "./simd";

export function rmsProp(
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
  const alpha = hyperAt(hyper, 2);
  const hasMomentum = hyperAt(hyper, 4) != 0;
  const centered = hyperAt(hyper, 5) != 0;
  const means = hasMomentum ? s2 : s1;

  const factor = gradientFactor(hyper, scale);
  const decay = splat(hyperAt(hyper, 1));
  const past = splat(alpha);
  const gain = splat(1 - alpha);
  const eps = splat(hyperAt(hyper, 3));
  const momentum = splat(hyperAt(hyper, 4));
  const rate = splat(-lr);
  const zero = f32x4.sub(rate, rate);
  const tinyM = tinyMean();
  const tinyV = tinySquare();
  const kept = keep != 0 ? keep : p;
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    let v = flushSquare(madd(past, v128.load(s0 + at), f32x4.mul(f32x4.mul(gain, d), d)), tinyV);
    v128.store(s0 + at, v);
    if (centered) {
      const mean = flushMean(madd(past, v128.load(means + at), f32x4.mul(gain, d)), tinyM);
      v128.store(means + at, mean);
      v = f32x4.pmax(f32x4.sub(v, f32x4.mul(mean, mean)), zero);
    }
    let change = f32x4.div(d, f32x4.add(f32x4.sqrt(v), eps));
    if (hasMomentum) {
      change = flushMean(madd(momentum, v128.load(s1 + at), change), tinyM);
      v128.store(s1 + at, change);
    }
    v128.store(kept + at, old);
    v128.store(p + at, madd(rate, change, old));
    at += 16;
  } while (at < end);
}
