// Random numbers as a pure function of (seed, step, stream, element): results depend neither on the order of the calls
// nor on who makes them, and the backward pass finds the forward pass's dropout mask again instead of keeping it.
//
//   uniform:  y = low + (high - low) u,  u = (bits >> 8) / 2^24
//   normal:   y = mean + std √(-2 ln u) (cos θ, sin θ)        (Box and Muller, 1958)
//   dropout:  y = x / (1 - p) where u ≥ p, else 0             (Srivastava et al., 2014)
//
// Each loop writes a line of random bits into y and turns it into numbers there, so it needs no scratch memory.

import { Control } from "../src/shared/opcodes";
import { GROUP, philox, Purpose } from "./philox";
import { word } from "./simd";
import { logV } from "./simd-math";

/** Fills y[n] evenly from [low, high), with 24 random bits each. */
export function uniform(y: usize, n: i32, low: f32, high: f32, stream: i32, control: usize): void {
  const seedLow = word(control, Control.SeedLow);
  const seedHigh = word(control, Control.SeedHigh);
  const shift = f32x4.splat(low);
  const scale = f32x4.splat((high - low) * <f32>(1.0 / 16777216.0));
  // The sum may round up to `high`.
  const top = f32x4.splat(max(low, below(high)));
  const end = y + ((<usize>n) << 2);
  for (let group = 0; y < end; y += GROUP, group++) {
    philox(y, group, 0, stream, Purpose.Uniform, seedLow, seedHigh);
    for (let at: usize = 0; at < GROUP; at += 16) {
      const bits = i32x4.shr_u(v128.load(y + at), 8);
      const value = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(bits), scale), shift);
      v128.store(y + at, f32x4.pmin(value, top));
    }
  }
}

/** The largest f32 below x. */
function below(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  if (x == 0) return reinterpret<f32>(0x80000001);
  return reinterpret<f32>(x > 0 ? bits - 1 : bits + 1);
}

/** Fills y[n] from the normal distribution; no value lies further than 6.7 std from the mean. */
export function normal(y: usize, n: i32, mean: f32, std: f32, stream: i32, control: usize): void {
  const seedLow = word(control, Control.SeedLow);
  const seedHigh = word(control, Control.SeedHigh);
  const end = y + ((<usize>n) << 2);
  for (let group = 0; y < end; y += GROUP, group++) {
    philox(y, group, 0, stream, Purpose.Normal, seedLow, seedHigh);
    boxMuller(y, mean, std);
    boxMuller(y + 32, mean, std);
  }
}

// The polynomials are sin φ / φ and cos φ on |φ| ≤ π/4, in φ².
const CONSTANTS = memory.data<f32>([
  0.5,
  4.6566128730773926e-10, // 2^-31
  -2,
  1.4629180792671596e-9, // 2π / 2^32
  -1.9841269841269841e-4, // -1/7!
  8.3333333333333333e-3, // 1/5!
  -1.6666666666666667e-1, // -1/3!
  1,
  2.4801587301587302e-5, // 1/8!
  -1.3888888888888889e-3, // -1/6!
  4.1666666666666667e-2, // 1/4!
  -0.5,
]);

/** Turns 8 random words at `y` into 8 normal numbers: the first 4 give the radii, the others the angles. */
function boxMuller(y: usize, mean: f32, std: f32): void {
  // r = √(-2 ln u), u = (bits / 2 + 1/2) / 2^31: never 0
  const half = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(y), 1)), v128.load32_splat(CONSTANTS));
  const u = f32x4.mul(half, v128.load32_splat(CONSTANTS, 4));
  const r = f32x4.mul(f32x4.sqrt(f32x4.mul(logV(u), v128.load32_splat(CONSTANTS, 8))), f32x4.splat(std));

  // θ = 2π bits / 2^32 = k π/2 + φ, |φ| ≤ π/4: k are the two leading bits, once rounded
  const bits = v128.load(y, 16);
  const rest = i32x4.shr_s(i32x4.shl(bits, 2), 2);
  const k = i32x4.shr_u(i32x4.sub(bits, rest), 30);
  const phi = f32x4.mul(f32x4.convert_i32x4_s(rest), v128.load32_splat(CONSTANTS, 12));
  const square = f32x4.mul(phi, phi);

  let sine = f32x4.add(f32x4.mul(v128.load32_splat(CONSTANTS, 16), square), v128.load32_splat(CONSTANTS, 20));
  sine = f32x4.add(f32x4.mul(sine, square), v128.load32_splat(CONSTANTS, 24));
  sine = f32x4.mul(f32x4.add(f32x4.mul(sine, square), v128.load32_splat(CONSTANTS, 28)), phi);
  let cosine = f32x4.add(f32x4.mul(v128.load32_splat(CONSTANTS, 32), square), v128.load32_splat(CONSTANTS, 36));
  cosine = f32x4.add(f32x4.mul(cosine, square), v128.load32_splat(CONSTANTS, 40));
  cosine = f32x4.add(f32x4.mul(cosine, square), v128.load32_splat(CONSTANTS, 44));
  cosine = f32x4.add(f32x4.mul(cosine, square), v128.load32_splat(CONSTANTS, 28));

  // A quarter turn swaps them; the cosine is negative in the quarters 1 and 2, the sine in 2 and 3.
  const one = i32x4.splat(1);
  const odd = i32x4.eq(v128.and(k, one), one);
  const cosSign = i32x4.shl(i32x4.shr_u(i32x4.add(k, one), 1), 31);
  const sinSign = i32x4.shl(i32x4.shr_u(k, 1), 31);
  const cosTheta = v128.xor(v128.bitselect(sine, cosine, odd), cosSign);
  const sinTheta = v128.xor(v128.bitselect(cosine, sine, odd), sinSign);

  const center = f32x4.splat(mean);
  v128.store(y, f32x4.add(f32x4.mul(r, cosTheta), center), 0);
  v128.store(y, f32x4.add(f32x4.mul(r, sinTheta), center), 16);
}

/**
 * y[n] = x[n] / (1 - p) with probability 1 - p, else 0; the mask is a function of the step and the stream. y and x begin at
 * element `first` of their buffers, a multiple of 16.
 */
export function dropout(y: usize, x: usize, n: i32, p: f32, stream: i32, first: i32, control: usize): void {
  const step = word(control, Control.Step);
  const seedLow = word(control, Control.SeedLow);
  const seedHigh = word(control, Control.SeedHigh);
  // u ≥ p as integers: bits >> 8 > threshold. At p = 1 the scale is infinite, but no element keeps it.
  const threshold = i32x4.splat(<i32>ceil<f32>(p * 16777216) - 1);
  const scale = f32x4.splat(1 / (1 - p));
  const end = y + ((<usize>n) << 2);
  for (let group = first >> 4; y < end; y += GROUP, x += GROUP, group++) {
    // All of x's line is read before y, which may be the same, is overwritten.
    const x0 = f32x4.mul(v128.load(x, 0), scale);
    const x1 = f32x4.mul(v128.load(x, 16), scale);
    const x2 = f32x4.mul(v128.load(x, 32), scale);
    const x3 = f32x4.mul(v128.load(x, 48), scale);
    philox(y, group, step, stream, Purpose.Dropout, seedLow, seedHigh);
    v128.store(y, v128.and(x0, i32x4.gt_s(i32x4.shr_u(v128.load(y, 0), 8), threshold)), 0);
    v128.store(y, v128.and(x1, i32x4.gt_s(i32x4.shr_u(v128.load(y, 16), 8), threshold)), 16);
    v128.store(y, v128.and(x2, i32x4.gt_s(i32x4.shr_u(v128.load(y, 32), 8), threshold)), 32);
    v128.store(y, v128.and(x3, i32x4.gt_s(i32x4.shr_u(v128.load(y, 48), 8), threshold)), 48);
  }
}
