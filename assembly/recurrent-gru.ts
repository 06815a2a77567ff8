// One sample's step of a GRU, forward and backward, between the recurrent product and the next step. x are the gates'
// inputs, p the recurrent products, both [3, n]:
//
//   r = σ(x0 + p0)     z = σ(x1 + p1)     n = tanh(x2 + r p2)     h = (1 - z) n + z h'
//
//   dn = dh (1 - z) (1 - n²)     dz = dh (h' - n) z (1 - z)     dr = dn p2 r (1 - r)
//   dx = dr, dz, dn              dp = dr, dz, dn r              dh' = dh z + (what flows in at h')
//
// Nothing is read or written beyond the end of a row.

import { loadTail, storeTail } from "./row";
import { sigmoidV, tanhV } from "./simd-math";

/** act[4, n] = r, z, n, p2; h[n] from h' = before[n]. */
export function gruCell(act: usize, h: usize, x: usize, p: usize, before: usize, n: i32): void {
  const size = (<usize>n) << 2;
  const whole = size & ~15;
  const rest = n & 3;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const r = sigmoidV(f32x4.add(v128.load(x + at), v128.load(p + at)));
    const z = sigmoidV(f32x4.add(v128.load(x + size + at), v128.load(p + size + at)));
    const product = v128.load(p + 2 * size + at);
    const candidate = tanhV(f32x4.add(v128.load(x + 2 * size + at), f32x4.mul(r, product)));
    v128.store(act + at, r);
    v128.store(act + size + at, z);
    v128.store(act + 2 * size + at, candidate);
    v128.store(act + 3 * size + at, product);
    v128.store(h + at, f32x4.add(candidate, f32x4.mul(z, f32x4.sub(v128.load(before + at), candidate))));
  }
  if (rest) {
    const r = sigmoidV(f32x4.add(loadTail(x + at, rest), loadTail(p + at, rest)));
    const z = sigmoidV(f32x4.add(loadTail(x + size + at, rest), loadTail(p + size + at, rest)));
    const product = loadTail(p + 2 * size + at, rest);
    const candidate = tanhV(f32x4.add(loadTail(x + 2 * size + at, rest), f32x4.mul(r, product)));
    storeTail(act + at, r, rest);
    storeTail(act + size + at, z, rest);
    storeTail(act + 2 * size + at, candidate, rest);
    storeTail(act + 3 * size + at, product, rest);
    storeTail(h + at, f32x4.add(candidate, f32x4.mul(z, f32x4.sub(loadTail(before + at, rest), candidate))), rest);
  }
}

/** dx[3, n], dp[3, n]; dh[n] becomes what flows to h' past the product, plus `more`[n]. */
export function gruCellGrad(dx: usize, dp: usize, dh: usize, more: usize, act: usize, before: usize, n: i32): void {
  const size = (<usize>n) << 2;
  const whole = size & ~15;
  const rest = n & 3;
  const one = f32x4.splat(1);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const r = v128.load(act + at);
    const z = v128.load(act + size + at);
    const candidate = v128.load(act + 2 * size + at);
    const d = v128.load(dh + at);
    const closed = f32x4.sub(z, f32x4.mul(z, z));
    const dn = f32x4.mul(f32x4.mul(d, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(candidate, candidate)));
    const dz = f32x4.mul(f32x4.mul(d, f32x4.sub(v128.load(before + at), candidate)), closed);
    const dr = f32x4.mul(f32x4.mul(dn, v128.load(act + 3 * size + at)), f32x4.sub(r, f32x4.mul(r, r)));
    v128.store(dx + at, dr);
    v128.store(dx + size + at, dz);
    v128.store(dx + 2 * size + at, dn);
    v128.store(dp + at, dr);
    v128.store(dp + size + at, dz);
    v128.store(dp + 2 * size + at, f32x4.mul(dn, r));
    v128.store(dh + at, f32x4.add(f32x4.mul(d, z), v128.load(more + at)));
  }
  if (rest) {
    const r = loadTail(act + at, rest);
    const z = loadTail(act + size + at, rest);
    const candidate = loadTail(act + 2 * size + at, rest);
    const d = loadTail(dh + at, rest);
    const closed = f32x4.sub(z, f32x4.mul(z, z));
    const dn = f32x4.mul(f32x4.mul(d, f32x4.sub(one, z)), f32x4.sub(one, f32x4.mul(candidate, candidate)));
    const dz = f32x4.mul(f32x4.mul(d, f32x4.sub(loadTail(before + at, rest), candidate)), closed);
    const dr = f32x4.mul(f32x4.mul(dn, loadTail(act + 3 * size + at, rest)), f32x4.sub(r, f32x4.mul(r, r)));
    storeTail(dx + at, dr, rest);
    storeTail(dx + size + at, dz, rest);
    storeTail(dx + 2 * size + at, dn, rest);
    storeTail(dp + at, dr, rest);
    storeTail(dp + size + at, dz, rest);
    storeTail(dp + 2 * size + at, f32x4.mul(dn, r), rest);
    storeTail(dh + at, f32x4.add(f32x4.mul(d, z), loadTail(more + at, rest)), rest);
  }
}
