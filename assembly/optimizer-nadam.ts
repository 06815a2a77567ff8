// NAdam, Adam with Nesterov's momentum (Dozat, 2016): torch.optim.NAdam.
//
//   mu(t) = beta1 (1 - 0.96^(t momentumDecay) / 2)          M(t) = mu(1) mu(2) … mu(t)
//   m = beta1 m + (1 - beta1) g
//   v = beta2 v + (1 - beta2) g²
//   p = p - lr (g (1 - mu(t)) / (1 - M(t)) + m mu(t + 1) / (1 - M(t) mu(t) mu(t + 1))) / (sqrt(v / (1 - beta2^t)) + eps)
//
// as PyTorch 1.13 has it, which the reference cases come from; the paper has one factor mu(t) less in the last denominator.
// It is computed, as in optimizer-adam.ts, without the division of v. PyTorch keeps M among the state (mu_product); it follows
// from t, and so is not state here.
//
//   hyper  2 beta1   3 beta2   4 eps   5 0.96^momentumDecay
//   s0     m, exp_avg
//   s1     v, exp_avg_sq

import { powInt } from "../src/shared/scalar";
import { flushMean, flushSquare, gradientFactor, hyperAt, splat, tinyMean, tinySquare } from "./optimizer-shared";
import { madd } from "./simd";

export function nAdam(
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
  const beta2 = hyperAt(hyper, 3);
  const fade = hyperAt(hyper, 5);
  const t: f64 = step + 1;
  const correction = Math.sqrt(1 - powInt(beta2, t));
  const mu = beta1 * (1 - 0.5 * powInt(fade, t));
  const muNext = beta1 * (1 - 0.5 * powInt(fade, t + 1));
  const product = muProduct(beta1, fade, t);

  const factor = gradientFactor(hyper, scale);
  const decay = splat(hyperAt(hyper, 1));
  const pastM = splat(beta1);
  const gainM = splat(1 - beta1);
  const pastV = splat(beta2);
  const gainV = splat(1 - beta2);
  const eps = splat(hyperAt(hyper, 4) * correction);
  const rateOfG = splat((lr * correction * (1 - mu)) / (1 - product));
  const rateOfM = splat((lr * correction * muNext) / (1 - product * mu * muNext));
  const tinyM = tinyMean();
  const tinyV = tinySquare();
  const kept = keep != 0 ? keep : p;
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    const m = flushMean(madd(pastM, v128.load(s0 + at), f32x4.mul(gainM, d)), tinyM);
    const v = flushSquare(madd(pastV, v128.load(s1 + at), f32x4.mul(f32x4.mul(gainV, d), d)), tinyV);
    v128.store(s0 + at, m);
    v128.store(s1 + at, v);
    const change = f32x4.div(madd(rateOfM, m, f32x4.mul(rateOfG, d)), f32x4.add(f32x4.sqrt(v), eps));
    v128.store(kept + at, old);
    v128.store(p + at, f32x4.sub(old, change));
    at += 16;
  } while (at < end);
}

/** M(t). Factors are below beta1, and from 1e-17 on 1 - M is 1: with the usual beta1 some 60 factors matter. */
function muProduct(beta1: f64, fade: f64, t: f64): f64 {
  let product: f64 = 1;
  let power: f64 = 1;
  for (let i: f64 = 0; i < t && product > 1e-17; i++) {
    power *= fade;
    product *= beta1 * (1 - 0.5 * power);
  }
  return product;
}
