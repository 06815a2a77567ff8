// The sum of values that one query sees, each times its weight: y[dv] = Σ s[p] · v[p, :].
//
// The values come out of a cache of many positions and are read once, so memory sets the pace: whole rows of 64 numbers at
// a time, and from four places in turn, as a processor fetches ahead in each page of memory that is read by itself. Sixteen
// sums and a weight are more than there are registers for, which costs less than reading halves of rows twice.

import { sumOfRows } from "./gemm-small";
import { madd } from "./simd";

/** @param vRow bytes from a value to the next */
export function sumOfValues(y: usize, s: usize, v: usize, dv: i32, n: i32, vRow: usize): void {
  const apart = (n + 3) >> 2;
  const far = (<usize>apart) << 2;
  const vFar = <usize>apart * vRow;
  for (; dv >= 64; dv -= 64) {
    let s0 = f32x4.splat(0),
      s1 = f32x4.splat(0),
      s2 = f32x4.splat(0),
      s3 = f32x4.splat(0),
      s4 = f32x4.splat(0),
      s5 = f32x4.splat(0),
      s6 = f32x4.splat(0),
      s7 = f32x4.splat(0),
      s8 = f32x4.splat(0),
      s9 = f32x4.splat(0),
      s10 = f32x4.splat(0),
      s11 = f32x4.splat(0),
      s12 = f32x4.splat(0),
      s13 = f32x4.splat(0),
      s14 = f32x4.splat(0),
      s15 = f32x4.splat(0);
    for (let p = 0; p < apart; p++) {
      let row = v + <usize>p * vRow;
      let at = s + ((<usize>p) << 2);
      for (let i = p; i < n; i += apart) {
        const weight = v128.load32_splat(at);
        s0 = madd(weight, v128.load(row), s0);
        s1 = madd(weight, v128.load(row, 16), s1);
        s2 = madd(weight, v128.load(row, 32), s2);
        s3 = madd(weight, v128.load(row, 48), s3);
        s4 = madd(weight, v128.load(row, 64), s4);
        s5 = madd(weight, v128.load(row, 80), s5);
        s6 = madd(weight, v128.load(row, 96), s6);
        s7 = madd(weight, v128.load(row, 112), s7);
        s8 = madd(weight, v128.load(row, 128), s8);
        s9 = madd(weight, v128.load(row, 144), s9);
        s10 = madd(weight, v128.load(row, 160), s10);
        s11 = madd(weight, v128.load(row, 176), s11);
        s12 = madd(weight, v128.load(row, 192), s12);
        s13 = madd(weight, v128.load(row, 208), s13);
        s14 = madd(weight, v128.load(row, 224), s14);
        s15 = madd(weight, v128.load(row, 240), s15);
        at += far;
        row += vFar;
      }
    }
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
    v128.store(y, s4, 64);
    v128.store(y, s5, 80);
    v128.store(y, s6, 96);
    v128.store(y, s7, 112);
    v128.store(y, s8, 128);
    v128.store(y, s9, 144);
    v128.store(y, s10, 160);
    v128.store(y, s11, 176);
    v128.store(y, s12, 192);
    v128.store(y, s13, 208);
    v128.store(y, s14, 224);
    v128.store(y, s15, 240);
    v += 256;
    y += 256;
  }
  if (dv > 0) sumOfRows(y, s, v, 0, dv, n, 4, vRow, 0, 0, 0);
}
