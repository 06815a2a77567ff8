// Gradient clipping, by the norm of all gradients together and by value.
//
//   norm = sqrt(sum of squares over all gradients)
//   factor = min(1, maxNorm / (norm + 1e-6))
//
// as torch.nn.utils.clip_grad_norm_ and clip_grad_value_. Clipping by norm does not touch the gradients: the optimizer
// multiplies by the factor on its way through them (optimizer-shared.ts).

/** scale[0] = factor, scale[1] = norm, of squares[count], each the sum of squares of a part of the gradients */
export function clipNorm(scale: usize, squares: usize, count: i32, maxNorm: f32): void {
  let sum: f64 = 0;
  const end = squares + ((<usize>count) << 2);
  for (let at = squares; at < end; at += 4) sum += load<f32>(at);
  const norm = Math.sqrt(sum);
  const factor = <f64>maxNorm / (norm + 1e-6);
  store<f32>(scale, factor < 1 ? <f32>factor : 1);
  store<f32>(scale, <f32>norm, 4);
}

/** g[n] = g[n] held between -limit and limit, in place; NaN stays */
export function clipValue(g: usize, n: i32, limit: f32): void {
  const high = f32x4.splat(limit);
  const low = f32x4.splat(-limit);
  const end = g + ((<usize>n) << 2);
  for (let at = g; at < end; at += 16) {
    v128.store(at, f32x4.pmax(f32x4.pmin(v128.load(at), high), low));
  }
}
