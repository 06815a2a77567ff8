// The pen: the ink of lines on a small grey canvas.
//
//   ink(p) = smoothstep((softness - edge(p)) / 2·softness)
//   edge(p) = min over segments of |p - nearest point| - radius there
//
// so a line is anti-aliased by its distance, and joins and ends are round. Lengths are pixels, a pixel's centre is at
// half-integers. Only + - × ÷ and sqrt: the same bits on every engine. Knows nothing about digits or chance.

/** Width and height of the canvas in pixels. */
export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

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
