// Stochastic gradient descent, plain, with momentum or with Nesterov's (torch.optim.SGD; Sutskever et al., 2013).
//
//   b = g                                         in the first step
//   b = momentum b + (1 - dampening) g            later
//   p = p - lr (nesterov ? g + momentum b : b)    p = p - lr g without momentum
//
//   hyper  2 momentum   3 dampening   4 nesterov (0 or 1)
//   s0     b, momentum_buffer; only with momentum

import { flushMean, gradientFactor, hyperAt, splat, tinyMean } from "./optimizer-shared";
import { madd } from "./simd";

export function sgd(
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
  const momentum = hyperAt(hyper, 2);
  if (momentum != 0) {
    withMomentum(p, keep != 0 ? keep : p, g, s0, n, hyper, scale, lr, step);
  } else {
    plain(p, keep != 0 ? keep : p, g, n, hyper, scale, lr);
  }
}

function plain(p: usize, keep: usize, g: usize, n: i32, hyper: usize, scale: usize, lr: f64): void {
  const factor = gradientFactor(hyper, scale);
  const decay = splat(hyperAt(hyper, 1));
  const rate = splat(-lr);
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    v128.store(keep + at, old);
    v128.store(p + at, madd(rate, d, old));
    at += 16;
  } while (at < end);
}

function withMomentum(
  p: usize,
  keep: usize,
  g: usize,
  b: usize,
  n: i32,
  hyper: usize,
  scale: usize,
  lr: f64,
  step: i32,
): void {
  const factor = gradientFactor(hyper, scale);
  const decay = splat(hyperAt(hyper, 1));
  const momentum = hyperAt(hyper, 2);
  const nesterov = hyperAt(hyper, 4) != 0;
  const past = splat(step != 0 ? momentum : 0);
  const gain = splat(step != 0 ? 1 - hyperAt(hyper, 3) : 1);
  const rateOfG = splat(nesterov ? -lr : 0);
  const rateOfB = splat(nesterov ? -lr * momentum : -lr);
  const tiny = tinyMean();
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    const mean = flushMean(madd(past, v128.load(b + at), f32x4.mul(gain, d)), tiny);
    v128.store(b + at, mean);
    v128.store(keep + at, old);
    v128.store(p + at, madd(rateOfB, mean, madd(rateOfG, d, old)));
    at += 16;
  } while (at < end);
}
