// The pen: a smooth curve through points, and its ink on a small grey canvas.
//
//   ink(p) = smoothstep((softness - edge(p)) / 2·softness)
//   edge(p) = min over segments of |p - nearest point| - radius there
//
// so a line is anti-aliased by its distance, and joins and ends are round. Lengths are pixels, a pixel's centre is at
// half-integers. Only + - × ÷ and sqrt: the same bits on every engine. Knows nothing about digits or chance.

/** Width and height of the canvas in pixels. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

const STEPS = 5; // straight pieces between two points of the curve: at most about 2 pixels long

/**
 * A Catmull-Rom spline (Catmull and Rom 1974, uniform) through `points` (x and y alternating), as a polyline.
 * It is interrupted at corners, where the pen turns sharply.
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

const FAR = 1e3;

export class Canvas {
  /** Signed distance from each pixel's centre to the edge of the ink; negative inside. */
  private readonly edge = new Float64Array(PIXELS).fill(FAR);

  clear(): void {
    this.edge.fill(FAR);
  }

  /** A line from (x0, y0) to (x1, y1) whose half width goes from r0 to r1. Reaches `margin` pixels beyond its edge. */
  line(x0: number, y0: number, r0: number, x1: number, y1: number, r1: number, margin: number): void {
    const dx = x1 - x0;
    const dy = y1 - y0;
    const squared = dx * dx + dy * dy;
    const perLength = squared > 0 ? 1 / squared : 0;
    const reach = Math.max(r0, r1) + margin;
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
    const right = Math.min(SIDE - 1, Math.floor(Math.max(x0, x1) + reach));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(SIDE - 1, Math.floor(Math.max(y0, y1) + reach));
    for (let row = top; row <= bottom; row++) {
      const py = row + 0.5 - y0;
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - x0;
        const along = (px * dx + py * dy) * perLength;
        const t = along < 0 ? 0 : along > 1 ? 1 : along;
        const ex = px - t * dx;
        const ey = py - t * dy;
        const edge = Math.sqrt(ex * ex + ey * ey) - (r0 + t * (r1 - r0));
        const at = row * SIDE + column;
        if (edge < this.edge[at]) this.edge[at] = edge;
      }
    }
  }

  /** Writes how much ink lies on each pixel, 0 to 1. The edge of a line fades over twice `softness` pixels. */
  ink(out: Float64Array, softness: number): void {
    for (let at = 0; at < PIXELS; at++) {
      const edge = this.edge[at];
      if (edge >= softness) out[at] = 0;
      else if (edge <= -softness) out[at] = 1;
      else {
        const t = (softness - edge) / (2 * softness);
        out[at] = t * t * (3 - 2 * t);
      }
    }
  }
}

/** The binomial blur [1 2 1]/4 along rows, then columns, in place. Outside the canvas is black. */
export function blur(image: Float64Array): void {
  for (const [step, stride] of [
    [1, SIDE],
    [SIDE, 1],
  ]) {
    for (let line = 0; line < SIDE; line++) {
      let before = 0;
      for (let i = 0; i < SIDE; i++) {
        const at = line * stride + i * step;
        const here = image[at];
        const after = i + 1 < SIDE ? image[at + step] : 0;
        image[at] = 0.25 * (before + after) + 0.5 * here;
        before = here;
      }
    }
  }
}
