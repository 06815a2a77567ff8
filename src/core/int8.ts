// Weights as 8-bit whole numbers, with a scale for each row: a quarter of the memory, and of the time that it takes to
// read them. What the kernels make of them: assembly/int8.ts.

/** Rows of weights in 8 bits: weight[row, col] ≈ values[row · cols + col] · scales[row]. */
export interface QuantizedRows {
  /** From -127 to 127. */
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/**
 * Each row divided by its scale, which is its largest magnitude / 127, and rounded to whole numbers; so no weight is off
 * by more than half of its row's scale.
 *
 * @param weights [rows, cols]
 * @throws RangeError for weights that are not rows · cols numbers, or not finite
 */
export function quantizeRows(weights: Float32Array, rows: number, cols: number): QuantizedRows {
  if (weights.length !== rows * cols) {
    throw new RangeError(`quantizeRows: [${rows}, ${cols}] takes ${rows * cols} numbers, got ${weights.length}`);
  }
  const values = new Int8Array(rows * cols);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    scales[row] = quantizeRow(values, weights, row * cols, (row + 1) * cols, row * cols);
  }
  return { values, scales };
}

/** Rounds from[first … end) into `to` from `at` on, and returns the scale. */
export function quantizeRow(to: Int8Array, from: Float32Array, first: number, end: number, at: number): number {
  let largest = 0;
  for (let i = first; i < end; i++) {
    const magnitude = Math.abs(from[i]!);
    if (!(magnitude < Infinity)) throw new RangeError(`quantizeRows: number ${i} is ${from[i]}, which has no scale`);
    if (magnitude > largest) largest = magnitude;
  }
  const scale = Math.fround(largest / 127);
  // Rows of zeros, or so small that their scale would be none.
  if (scale < 1e-36) {
    to.fill(0, at, at + end - first);
    return 0;
  }
  const factor = 1 / scale;
  for (let i = first; i < end; i++) {
    // To the nearest, as storing cuts off what follows the point (Math.round takes four times as long).
    const code = from[i]! * factor;
    to[at + i - first] = code < 0 ? code - 0.5 : code + 0.5;
  }
  return scale;
}

/**
 * Lays codes as the kernels take them (assembly/int8-rows.ts), or takes them back: those of even columns with 128 added, as
 * bytes without sign.
 * @param codes a row, or rows of an even number of bytes
 */
export function offsetEvenCodes(codes: Int8Array): void {
  for (let i = 0; i < codes.length; i += 2) codes[i]! ^= 128;
}

/** The weights that quantized rows stand for. */
export function dequantizeRows({ values, scales }: QuantizedRows, cols: number): Float32Array {
  return Float32Array.from(values, (value, i) => value * scales[Math.floor(i / cols)]!);
}
