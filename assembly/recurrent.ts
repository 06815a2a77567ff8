// Recurrent layers over all steps of time: one instruction forward, one backward. The products of the inputs are one
// GEMM outside of it; here is what depends on the step before.
//
//   h, c   [steps + 1, batch, hidden]   states: those before the first step, and one after each
//   act    [steps, batch, gates, hidden]   what the backward pass needs of each step
//
//   forward in time:    row 0 holds the initial state, step t reads row t and writes row t + 1
//   backward in time:   row `steps` holds it, step t reads row t + 1 and writes row t
//
// An initial state whose address is 0 is zero. Scratch begins with the packed recurrent weights.

import { gemmKept, packKept } from "./gemm-kept";
import { loadTail, storeTail } from "./row";
import { tanhV } from "./simd-math";
import { gruCell, gruCellGrad } from "./recurrent-gru";
import { lstmCell, lstmCellGrad } from "./recurrent-lstm";

/** Floats of a packed matrix [k, n]. */
function packedFloats(n: i32, k: i32): usize {
  return <usize>((n + 3) & ~3) * <usize>k;
}

/** Sets the first state, and returns the bytes of one row of states. */
function begin(h: usize, h0: usize, steps: i32, batch: i32, hidden: i32, backward: i32): usize {
  const bytes = (<usize>(batch * hidden)) << 2;
  const first = backward ? h + <usize>steps * bytes : h;
  if (h0) memory.copy(first, h0, bytes);
  else memory.fill(first, 0, bytes);
  return bytes;
}

/**
 * Elman's network: h(t) = tanh or relu of x(t) + h(t - 1) · wᵀ. x is [steps, batch, hidden], the input's product with both
 * biases; w is [hidden, hidden].
 */
export function rnn(
  h: usize,
  x: usize,
  w: usize,
  h0: usize,
  steps: i32,
  batch: i32,
  hidden: i32,
  backward: i32,
  relu: i32,
  scratch: usize,
): void {
  const row = begin(h, h0, steps, batch, hidden, backward);
  packKept(scratch, w, hidden, hidden, hidden, true);
  for (let s = 0; s < steps; s++) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = h + (backward ? t + 1 : t) * row;
    const to = h + (backward ? t : t + 1) * row;
    memory.copy(to, x + t * row, row);
    gemmKept(to, from, scratch, batch, hidden, hidden, 1);
    const end = to + row;
    const whole = to + (row & ~15);
    const zero = f32x4.splat(0);
    let at = to;
    for (; at < whole; at += 16) {
      const v = v128.load(at);
      v128.store(at, relu ? f32x4.pmax(v, zero) : tanhV(v));
    }
    if (at < end) {
      const rest = <i32>((end - at) >> 2);
      const v = loadTail(at, rest);
      storeTail(at, relu ? f32x4.pmax(v, zero) : tanhV(v), rest);
    }
  }
}

/**
 * From the gradients of all states, dh [steps + 1, batch, hidden], those of x, and of h0 (as dh of the first row with all
 * that flows back to it).
 */
export function rnnGrad(
  dx: usize,
  dh0: usize,
  dh: usize,
  h: usize,
  w: usize,
  steps: i32,
  batch: i32,
  hidden: i32,
  backward: i32,
  relu: i32,
  scratch: usize,
): void {
  const row = (<usize>(batch * hidden)) << 2;
  packKept(scratch, w, hidden, hidden, hidden, false);
  const last = backward ? dh : dh + <usize>steps * row;
  memory.copy(dh0, last, row);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (let s = steps - 1; s >= 0; s--) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const y = h + (backward ? t : t + 1) * row;
    const before = dh + (backward ? t + 1 : t) * row;
    const to = dx + t * row;
    const end = row;
    const whole = row & ~15;
    let at: usize = 0;
    for (; at < whole; at += 16) {
      const v = v128.load(y + at);
      const d = v128.load(dh0 + at);
      v128.store(to + at, relu ? v128.and(d, f32x4.gt(v, zero)) : f32x4.mul(d, f32x4.sub(one, f32x4.mul(v, v))));
    }
    if (at < end) {
      const rest = <i32>((end - at) >> 2);
      const v = loadTail(y + at, rest);
      const d = loadTail(dh0 + at, rest);
      storeTail(to + at, relu ? v128.and(d, f32x4.gt(v, zero)) : f32x4.mul(d, f32x4.sub(one, f32x4.mul(v, v))), rest);
    }
    memory.copy(dh0, before, row);
    gemmKept(dh0, to, scratch, batch, hidden, hidden, 1);
  }
}

/**
 * Hochreiter and Schmidhuber's LSTM with PyTorch's gates i f g o. x is [steps, batch, 4 hidden], the input's product with
 * both biases; w is [4 hidden, hidden]. act may be x.
 */
export function lstm(
  act: usize,
  h: usize,
  c: usize,
  x: usize,
  w: usize,
  h0: usize,
  c0: usize,
  steps: i32,
  batch: i32,
  hidden: i32,
  backward: i32,
  scratch: usize,
): void {
  const row = begin(h, h0, steps, batch, hidden, backward);
  begin(c, c0, steps, batch, hidden, backward);
  const gates = row << 2;
  packKept(scratch, w, 4 * hidden, hidden, hidden, true);
  for (let s = 0; s < steps; s++) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = (backward ? t + 1 : t) * row;
    const to = (backward ? t : t + 1) * row;
    const a = act + t * gates;
    if (act != x) memory.copy(a, x + t * gates, gates);
    gemmKept(a, h + from, scratch, batch, 4 * hidden, hidden, 1);
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      lstmCell(a + (at << 2), h + to + at, c + to + at, c + from + at, hidden);
    }
  }
}

/**
 * From the gradients of all states, dh and dc [steps + 1, batch, hidden] (dc 0: none), those of x, h0 and c0. Scratch:
 * the packed weights.
 */
export function lstmGrad(
  dx: usize,
  dh0: usize,
  dc0: usize,
  dh: usize,
  dc: usize,
  act: usize,
  c: usize,
  w: usize,
  steps: i32,
  batch: i32,
  hidden: i32,
  backward: i32,
  scratch: usize,
): void {
  const row = (<usize>(batch * hidden)) << 2;
  const gates = row << 2;
  packKept(scratch, w, hidden, 4 * hidden, hidden, false);
  const last = backward ? <usize>0 : <usize>steps * row;
  memory.copy(dh0, dh + last, row);
  if (dc) memory.copy(dc0, dc + last, row);
  else memory.fill(dc0, 0, row);
  for (let s = steps - 1; s >= 0; s--) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = (backward ? t + 1 : t) * row;
    const to = (backward ? t : t + 1) * row;
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      const more = dc ? dc + from + at : 0;
      lstmCellGrad(
        dx + t * gates + (at << 2),
        dc0 + at,
        dh0 + at,
        more,
        act + t * gates + (at << 2),
        c + to + at,
        c + from + at,
        hidden,
      );
    }
    memory.copy(dh0, dh + from, row);
    gemmKept(dh0, dx + t * gates, scratch, batch, hidden, 4 * hidden, 1);
  }
}

/**
 * Cho's GRU with PyTorch's gates r z n. x is [steps, batch, 3 hidden], the input's product with its bias; w is
 * [3 hidden, hidden], bias [3 hidden] (0: none) that of the recurrent product. act [steps, batch, 4 hidden] are r, z, n and
 * the recurrent part of n. Scratch: the packed weights, then [batch, 3 hidden].
 */
export function gru(
  act: usize,
  h: usize,
  x: usize,
  w: usize,
  bias: usize,
  h0: usize,
  steps: i32,
  batch: i32,
  hidden: i32,
  backward: i32,
  scratch: usize,
): void {
  const row = begin(h, h0, steps, batch, hidden, backward);
  const product = scratch + ((packedFloats(3 * hidden, hidden) + 15) & ~15) * 4;
  packKept(scratch, w, 3 * hidden, hidden, hidden, true);
  for (let s = 0; s < steps; s++) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = (backward ? t + 1 : t) * row;
    const to = (backward ? t : t + 1) * row;
    if (bias)
      for (let b: usize = 0; b < <usize>batch; b++)
        memory.copy(product + b * 3 * ((<usize>hidden) << 2), bias, <usize>hidden * 12);
    gemmKept(product, h + from, scratch, batch, 3 * hidden, hidden, bias ? 1 : 0);
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      gruCell(
        act + t * 4 * row + 4 * at,
        h + to + at,
        x + t * 3 * row + 3 * at,
        product + 3 * at,
        h + from + at,
        hidden,
      );
    }
  }
}

/** From dh those of x, of the recurrent product (dr [steps, batch, 3 hidden]) and of h0. */
export function gruGrad(
  dx: usize,
  dr: usize,
  dh0: usize,
  dh: usize,
  act: usize,
  h: usize,
  w: usize,
  steps: i32,
  batch: i32,
  hidden: i32,
  backward: i32,
  scratch: usize,
): void {
  const row = (<usize>(batch * hidden)) << 2;
  packKept(scratch, w, hidden, 3 * hidden, hidden, false);
  memory.copy(dh0, dh + (backward ? <usize>0 : <usize>steps * row), row);
  for (let s = steps - 1; s >= 0; s--) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = (backward ? t + 1 : t) * row;
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      const gates = t * 3 * row + 3 * at;
      gruCellGrad(dx + gates, dr + gates, dh0 + at, dh + from + at, act + t * 4 * row + 4 * at, h + from + at, hidden);
    }
    gemmKept(dh0, dr + t * 3 * row, scratch, batch, hidden, 3 * hidden, 1);
  }
}
