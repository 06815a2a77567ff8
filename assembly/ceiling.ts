// The most that this machine and engine can do with 128-bit multiply-adds: nothing but registers.
//
// One iteration is 13 independent chains of x = x * scale + shift on 4 lanes: 104 floating-point operations. More chains
// hide more of the operations' latency, and with the two constants 13 fill the 15 registers that V8 uses on x64. A
// processor with three pipes for them still waits a little, so a product may reach 101 % of this (measured).
//
// Every chain has its own start and tends to shift / (1 - scale), so no value overflows or turns subnormal, and the
// returned sum depends on all of them, so that no compiler can drop one.

import { madd, sumLanes } from "./simd";

/** Runs `iterations` x 104 floating-point operations; the sum only keeps them alive. */
export function ceiling(iterations: i32): f32 {
  // Not constants: a compiler that knew them could fold, and newer engines would rebuild them at every use.
  const scale = f32x4.splat(0.5 + <f32>(iterations & 1) * 0.0625);
  const shift = f32x4.splat(1.0 + <f32>(iterations & 2) * 0.0625);
  let x0 = f32x4.splat(0.0),
    x1 = f32x4.splat(0.1),
    x2 = f32x4.splat(0.2),
    x3 = f32x4.splat(0.3),
    x4 = f32x4.splat(0.4),
    x5 = f32x4.splat(0.5),
    x6 = f32x4.splat(0.6),
    x7 = f32x4.splat(0.7),
    x8 = f32x4.splat(0.8),
    x9 = f32x4.splat(0.9),
    x10 = f32x4.splat(1.0),
    x11 = f32x4.splat(1.1),
    x12 = f32x4.splat(1.2);
  // Tested at the end: V8 would otherwise keep the two lines above inside the loop.
  do {
    x0 = madd(x0, scale, shift);
    x1 = madd(x1, scale, shift);
    x2 = madd(x2, scale, shift);
    x3 = madd(x3, scale, shift);
    x4 = madd(x4, scale, shift);
    x5 = madd(x5, scale, shift);
    x6 = madd(x6, scale, shift);
    x7 = madd(x7, scale, shift);
    x8 = madd(x8, scale, shift);
    x9 = madd(x9, scale, shift);
    x10 = madd(x10, scale, shift);
    x11 = madd(x11, scale, shift);
    x12 = madd(x12, scale, shift);
  } while (--iterations > 0);
  const low = f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3));
  const high = f32x4.add(f32x4.add(x4, x5), f32x4.add(x6, x7));
  const top = f32x4.add(f32x4.add(x8, x9), f32x4.add(x10, f32x4.add(x11, x12)));
  return sumLanes(f32x4.add(f32x4.add(low, high), top));
}
