// Small data for the tests of the trainer, the same in every run.

/** `count` numbers between -1 and 1; each seed gives others. */
export function noise(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A flat array as rows of `size` numbers. */
export const rowsOf = (values: ArrayLike<number>, size: number): number[][] =>
  Array.from({ length: values.length / size }, (_, row) =>
    Array.from({ length: size }, (_, i) => values[row * size + i]),
  );

/** Four points, and whether their coordinates differ. */
export const xor = { x: [0, 0, 0, 1, 1, 0, 1, 1], y: [0, 1, 1, 0] } as const;

/** Points in the plane and the class, of three, of each: which third of a turn it lies in. */
export function thirds(samples: number, seed = 1): { x: Float32Array; y: Uint8Array } {
  const x = noise(2 * samples, seed);
  const y = Uint8Array.from({ length: samples }, (_, i) => {
    const turn = (Math.atan2(x[2 * i + 1], x[2 * i]) + Math.PI) / (2 * Math.PI);
    return Math.min(2, Math.floor(3 * turn));
  });
  return { x, y };
}
