// What the optimizer kernels share.
//
// All have one signature:   p, keep, g, s0, s1, s2, n, hyper, scale, lr, step
//
//   p[n]        the parameters, changed in place; before that, p is saved to keep[n] (keep = 0: it is not)
//   g[n]        the gradients, which stay as they are; all are multiplied by scale[0] on the way (scale = 0: by nothing)
//   s0, s1, s2  up to three arrays [n] of state, packed: an option that needs no array leaves no gap
//   n           padded to whole lines, so that no loop has a tail; garbage in the padding stays there
//   hyper       f64 hyperparameters. Each kernel lists its own; the first two are always
//                 0  direction     1 to descend, -1 to ascend (PyTorch's `maximize`)
//                 1  weightDecay   L2: g + weightDecay p stands for g
//   step        updates done before; the formulas call this one t = step + 1
//
// Scalars are prepared in f64, elements computed in f32, as in torch.optim (1.13 and later), whose formulas these are.
// The state is PyTorch's, so a checkpoint of one can be continued by the other.
//
// The loops test at their end. In a loop that tests at its start, V8 before 13 leaves all that only its body needs, and
// would broadcast nine scalars anew for each vector of Adam (measured: 2.4 times as long).
//
// WebAssembly cannot flush subnormals to zero, and they are slow: where gradients stay zero (a dead unit, a word that
// does not occur), moments would decay into them and remain. The kernels set tiny moments to zero instead.

/** Moments below these become 0: 1e-30 for a mean of gradients, the smallest normal number for a mean of squares. */
const TINY = memory.data<f32>([1e-30, 1.17549435e-38], 16);

/** A hyperparameter by its index. */
export function hyperAt(hyper: usize, index: i32): f64 {
  return load<f64>(hyper + ((<usize>index) << 3));
}

/** What the gradients are multiplied by: the clipping factor with the sign of the direction. */
export function gradientFactor(hyper: usize, scale: usize): v128 {
  const factor: f32 = scale != 0 ? load<f32>(scale) : 1;
  return f32x4.splat(factor * <f32>load<f64>(hyper));
}

/** An f64 scalar in all four lanes. */
export function splat(value: f64): v128 {
  return f32x4.splat(<f32>value);
}

// The thresholds come from memory: a constant would be built anew in every turn of the loop on recent V8.

export function tinyMean(): v128 {
  return v128.load32_splat(TINY);
}

export function tinySquare(): v128 {
  return v128.load32_splat(TINY, 4);
}

/** x, but 0 where |x| < tiny; NaN stays. */
export function flushMean(x: v128, tiny: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), tiny));
}

/** x, but 0 where x < tiny, for x ≥ 0; NaN stays. */
export function flushSquare(x: v128, tiny: v128): v128 {
  return v128.andnot(x, f32x4.lt(x, tiny));
}
