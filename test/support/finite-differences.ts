// Derivatives by central differences, in f64: (f(x + h) - f(x - h)) / 2h, whose error is of the order of h² f'''.

const STEP = 1e-5;

/** df/dx[i] for each i of `places`; default: all. */
export function slopes(
  f: (x: number[]) => number,
  x: readonly number[],
  places: readonly number[] = x.map((_, i) => i),
): number[] {
  const at = [...x];
  return places.map((i) => {
    const step = STEP * Math.max(1, Math.abs(x[i]!));
    at[i] = x[i]! + step;
    const above = f(at);
    at[i] = x[i]! - step;
    const below = f(at);
    at[i] = x[i]!;
    return (above - below) / (2 * step);
  });
}
