// Recurrent layers over all steps of time: one instruction forward, one backward. The products of the inputs are one
// GEMM outside of it; here is what depends on the step before.
//
//   h, c   [steps + 1, rows, hidden]   states: those before the first step, and one after each
//   act    [steps, rows, gates, hidden]   what the backward pass needs of each step
//
//   forward in time:    states 0 are the initial ones, step t reads states t and writes states t + 1
//   backward in time:   states `steps` are the initial ones, step t reads states t + 1 and writes states t
//
// The samples of a batch do not depend on each other: a call does `batch` of them, beginning with the one that all
// addresses point to, out of `rows` that lie between a step and the next.
//
// An initial state whose address is 0 is zero. Scratch begins with the packed recurrent weights (gemm-kept.ts).

import { gemmKept, keep, keptFloats } from "./gemm-kept";
import { loadTail, storeTail } from "./row";
import { tanhV } from "./simd-math";
import { gruCell, gruCellGrad } from "./recurrent-gru";
import { lstmCell, lstmCellGrad } from "./recurrent-lstm";

/** Sets the first state. */
function begin(h: usize, h0: usize, steps: i32, batch: i32, rows: i32, hidden: i32, backward: i32): void {
  const size = (<usize>(batch * hidden)) << 2;
  const first = backward ? h + <usize>steps * pitchOf(rows, hidden) : h;
  if (h0) memory.copy(first, h0, size);
  else memory.fill(first, 0, size);
}

/** Bytes from a step's states to the next one's. */
function pitchOf(rows: i32, hidden: i32): usize {
  return (<usize>rows * <usize>hidden) << 2;
}

/**
 * Elman's network: h(t) = tanh or relu of x(t) + h(t - 1) · wᵀ. x is [steps, rows, hidden], the input's product with both
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
  rows: i32,
): void {
  const pitch = pitchOf(rows, hidden);
  const size = (<usize>(batch * hidden)) << 2;
  begin(h, h0, steps, batch, rows, hidden, backward);
  keep(scratch, w, rows, hidden, hidden, 1);
  for (let s = 0; s < steps; s++) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = h + (backward ? t + 1 : t) * pitch;
    const to = h + (backward ? t : t + 1) * pitch;
    memory.copy(to, x + t * pitch, size);
    gemmKept(to, from, w, scratch, rows, batch, hidden, hidden, 1, 1);
    squash(to, size, relu);
  }
}

/** h = tanh(h), or max(h, 0), over `size` bytes */
function squash(h: usize, size: usize, relu: i32): void {
  const zero = f32x4.splat(0);
  const whole = h + (size & ~15);
  for (; h < whole; h += 16) {
    const v = v128.load(h);
    v128.store(h, relu ? f32x4.pmax(v, zero) : tanhV(v));
  }
  const rest = (<i32>(size >> 2)) & 3;
  if (rest) {
    const v = loadTail(h, rest);
    storeTail(h, relu ? f32x4.pmax(v, zero) : tanhV(v), rest);
  }
}

/** dx = dh · (1 - h²), or dh where h > 0, over `size` bytes */
function squashGrad(dx: usize, dh: usize, h: usize, size: usize, relu: i32): void {
  const whole = size & ~15;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    v128.store(dx + at, throughSquash(v128.load(dh + at), v128.load(h + at), relu));
  }
  const rest = (<i32>(size >> 2)) & 3;
  if (rest) storeTail(dx + at, throughSquash(loadTail(dh + at, rest), loadTail(h + at, rest), relu), rest);
}

function throughSquash(d: v128, h: v128, relu: i32): v128 {
  if (relu) return v128.and(d, f32x4.gt(h, f32x4.splat(0)));
  return f32x4.mul(d, f32x4.sub(f32x4.splat(1), f32x4.mul(h, h)));
}

/**
 * From the gradients of all states, dh [steps + 1, rows, hidden], those of x, and of h0 (as dh of the first states with all
 * that flows back to them).
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
  rows: i32,
): void {
  const pitch = pitchOf(rows, hidden);
  const size = (<usize>(batch * hidden)) << 2;
  keep(scratch, w, rows, hidden, hidden, 0);
  memory.copy(dh0, backward ? dh : dh + <usize>steps * pitch, size);
  for (let s = steps - 1; s >= 0; s--) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const y = h + (backward ? t : t + 1) * pitch;
    const before = dh + (backward ? t + 1 : t) * pitch;
    const to = dx + t * pitch;
    squashGrad(to, dh0, y, size, relu);
    memory.copy(dh0, before, size);
    gemmKept(dh0, to, w, scratch, rows, batch, hidden, hidden, 0, 1);
  }
}

/**
 * Hochreiter and Schmidhuber's LSTM with PyTorch's gates i f g o. x is [steps, rows, 4 hidden], the input's product with
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
  rows: i32,
): void {
  const pitch = pitchOf(rows, hidden);
  const size = (<usize>(batch * hidden)) << 2;
  begin(h, h0, steps, batch, rows, hidden, backward);
  begin(c, c0, steps, batch, rows, hidden, backward);
  keep(scratch, w, rows, 4 * hidden, hidden, 1);
  for (let s = 0; s < steps; s++) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = (backward ? t + 1 : t) * pitch;
    const to = (backward ? t : t + 1) * pitch;
    const gates = act + t * pitch * 4;
    if (act != x) memory.copy(gates, x + t * pitch * 4, size * 4);
    gemmKept(gates, h + from, w, scratch, rows, batch, 4 * hidden, hidden, 1, 1);
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      lstmCell(gates + at * 4, h + to + at, c + to + at, c + from + at, hidden);
    }
  }
}

/** From the gradients of all states, dh and dc [steps + 1, rows, hidden] (dc 0: none), those of x, h0 and c0. */
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
  rows: i32,
): void {
  const pitch = pitchOf(rows, hidden);
  const size = (<usize>(batch * hidden)) << 2;
  keep(scratch, w, rows, hidden, 4 * hidden, 0);
  const last = backward ? <usize>0 : <usize>steps * pitch;
  memory.copy(dh0, dh + last, size);
  if (dc) memory.copy(dc0, dc + last, size);
  else memory.fill(dc0, 0, size);
  for (let s = steps - 1; s >= 0; s--) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = (backward ? t + 1 : t) * pitch;
    const to = (backward ? t : t + 1) * pitch;
    const gates = t * pitch * 4;
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      const own = gates + at * 4;
      const more = dc ? dc + from + at : 0;
      lstmCellGrad(dx + own, dc0 + at, dh0 + at, more, act + own, c + to + at, c + from + at, hidden);
    }
    memory.copy(dh0, dh + from, size);
    gemmKept(dh0, dx + gates, w, scratch, rows, batch, hidden, 4 * hidden, 0, 1);
  }
}

/**
 * Cho's GRU with PyTorch's gates r z n. x is [steps, rows, 3 hidden], the input's product with its bias; w is
 * [3 hidden, hidden], bias [3 hidden] (0: none) that of the recurrent product. act [steps, rows, 4 hidden] are r, z, n and
 * the recurrent part of n. Scratch: the packed weights, padded to a line, then [batch, 3 hidden].
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
  rows: i32,
): void {
  const pitch = pitchOf(rows, hidden);
  const gates = <usize>hidden * 12;
  begin(h, h0, steps, batch, rows, hidden, backward);
  const product = scratch + ((keptFloats(rows, 3 * hidden, hidden) + 15) & ~15) * 4;
  keep(scratch, w, rows, 3 * hidden, hidden, 1);
  for (let s = 0; s < steps; s++) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = h + (backward ? t + 1 : t) * pitch;
    const to = h + (backward ? t : t + 1) * pitch;
    if (bias) for (let b: usize = 0; b < <usize>batch; b++) memory.copy(product + b * gates, bias, gates);
    gemmKept(product, from, w, scratch, rows, batch, 3 * hidden, hidden, 1, bias ? 1 : 0);
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      const input = x + (t * pitch + at) * 3;
      gruCell(act + (t * pitch + at) * 4, to + at, input, product + at * 3, from + at, hidden);
    }
  }
}

/** From dh those of x, of the recurrent product (dr [steps, rows, 3 hidden]) and of h0. */
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
  rows: i32,
): void {
  const pitch = pitchOf(rows, hidden);
  keep(scratch, w, rows, hidden, 3 * hidden, 0);
  memory.copy(dh0, dh + (backward ? <usize>0 : <usize>steps * pitch), (<usize>(batch * hidden)) << 2);
  for (let s = steps - 1; s >= 0; s--) {
    const t = <usize>(backward ? steps - 1 - s : s);
    const from = (backward ? t + 1 : t) * pitch;
    for (let b = 0; b < batch; b++) {
      const at = (<usize>(b * hidden)) << 2;
      const gates = (t * pitch + at) * 3;
      const saved = act + (t * pitch + at) * 4;
      gruCellGrad(dx + gates, dr + gates, dh0 + at, dh + from + at, saved, h + from + at, hidden);
    }
    gemmKept(dh0, dr + t * pitch * 3, w, scratch, rows, batch, hidden, 3 * hidden, 0, 1);
  }
}
