// Adam (Kingma and Ba, 2014), AMSGrad (Reddi et al., 2018) and AdamW (Loshchilov and Hutter, 2017): torch.optim.Adam
// and AdamW.
//
//   p = p - lr weightDecay p                   decoupled (AdamW); else g + weightDecay p stands for g
//   m = beta1 m + (1 - beta1) g                m' = m / (1 - beta1^t)
//   v = beta2 v + (1 - beta2) g²               v' = v / (1 - beta2^t)      amsgrad: the largest v so far in place of v
//   p = p - lr m' / (sqrt(v') + eps)
//
// computed as  p - rate m / (sqrt(v) + eps c)  with c = sqrt(1 - beta2^t), rate = lr c / (1 - beta1^t).
//
//   hyper  2 beta1   3 beta2   4 eps   5 decoupled (0 or 1)   6 amsgrad (0 or 1)
//   s0     m, exp_avg
//   s1     v, exp_avg_sq
//   s2     the largest v, max_exp_avg_sq; only with amsgrad

import { powInt } from "../src/shared/scalar";
import { flushMean, flushSquare, gradientFactor, hyperAt, splat, tinyMean, tinySquare } from "./optimizer-shared";
import { madd } from "./simd";

export function adam(
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
  const weightDecay = hyperAt(hyper, 1);
  const decoupled = hyperAt(hyper, 5) != 0;
  const amsgrad = hyperAt(hyper, 6) != 0;
  const t: f64 = step + 1;
  const correction = Math.sqrt(1 - powInt(beta2, t));

  const factor = gradientFactor(hyper, scale);
  const decay = splat(decoupled ? 0 : weightDecay);
  const shrink = splat(decoupled ? 1 - lr * weightDecay : 1);
  const pastM = splat(beta1);
  const gainM = splat(1 - beta1);
  const pastV = splat(beta2);
  const gainV = splat(1 - beta2);
  const eps = splat(hyperAt(hyper, 4) * correction);
  const rate = splat((lr * correction) / (1 - powInt(beta1, t)));
  const tinyM = tinyMean();
  const tinyV = tinySquare();
  const kept = keep != 0 ? keep : p;
  const end = (<usize>n) << 2;
  let at: usize = 0;
  do {
    const old = v128.load(p + at);
    const d = madd(decay, old, f32x4.mul(v128.load(g + at), factor));
    const m = flushMean(madd(pastM, v128.load(s0 + at), f32x4.mul(gainM, d)), tinyM);
    let v = flushSquare(madd(pastV, v128.load(s1 + at), f32x4.mul(f32x4.mul(gainV, d), d)), tinyV);
    v128.store(s0 + at, m);
    v128.store(s1 + at, v);
    if (amsgrad) {
      v = f32x4.pmax(v, v128.load(s2 + at));
      v128.store(s2 + at, v);
    }
    const change = f32x4.div(f32x4.mul(rate, m), f32x4.add(f32x4.sqrt(v), eps));
    v128.store(kept + at, old);
    v128.store(p + at, f32x4.sub(f32x4.mul(shrink, old), change));
    at += 16;
  } while (at < end);
}
