// What the tests of wasmgrad/core share: sizes, numbers, plain f64 products.

/** Sizes that cross a vector and a cache line at least twice, and leave a tail. */
export const sizes = [1, 3, 4, 5, 15, 16, 17, 33, 64, 100];

/** `count` f32 numbers between -3 and 3, another series for each seed; none is 0, and no two neighbours are equal. */
export function numbers(count: number, seed = 1): Float32Array {
  let state = seed * 7919 + 17;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state / 2147483648) * 6 - 3 || 0.5;
  });
}

/** A matrix as plain numbers, row after row. */
export interface Plain {
  rows: number;
  cols: number;
  values: ArrayLike<number>;
}

/** Whole numbers between -6 and 6: their products and sums are exact, whatever the order. */
export const wholeNumbers = (count: number, seed = 1): Float32Array =>
  numbers(count, seed).map((value) => Math.round(value * 2));

/** A matrix of whole numbers. */
export const plain = (rows: number, cols: number, seed = 1): Plain => ({
  rows,
  cols,
  values: wholeNumbers(rows * cols, seed),
});

export function transposed({ rows, cols, values }: Plain): Plain {
  const turned = Array.from({ length: rows * cols }, (_, at) => values[(at % rows) * cols + Math.floor(at / rows)]!);
  return { rows: cols, cols: rows, values: turned };
}

/** a · b in f64 */
export function product(a: Plain, b: Plain): number[] {
  return Array.from({ length: a.rows * b.cols }, (_, at) => {
    const row = Math.floor(at / b.cols);
    let sum = 0;
    for (let k = 0; k < a.cols; k++) sum += a.values[row * a.cols + k]! * b.values[k * b.cols + (at % b.cols)]!;
    return sum;
  });
}
