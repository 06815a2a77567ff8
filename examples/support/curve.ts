// Smooth curves through points. Only + - × ÷: the same bits on every engine.

const STEPS = 5; // straight pieces between two points of the curve

/**
 * A Catmull-Rom spline (Catmull and Rom 1974, uniform) through `points` (x and y alternating), as a polyline.
 * It is interrupted at corners, where the direction changes at once.
 */
export function smooth(points: ArrayLike<number>, corners: readonly boolean[]): number[] {
  const last = corners.length - 1;
  const line = [points[0], points[1]];
  for (let i = 0; i < last; i++) {
    const before = corners[i] ? i : Math.max(i - 1, 0);
    const after = corners[i + 1] ? i + 1 : Math.min(i + 2, last);
    for (let step = 1; step <= STEPS; step++) {
      const t = step / STEPS;
      for (let axis = 0; axis < 2; axis++) {
        const a = points[2 * before + axis];
        const b = points[2 * i + axis];
        const c = points[2 * i + 2 + axis];
        const d = points[2 * after + axis];
        line.push(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
      }
    }
  }
  return line;
}
