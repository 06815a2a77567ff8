// Affine maps of the plane: turns, sizes and places of the parts of a drawing. y points down, as in pictures.

/** (x, y) goes to (xx·x + xy·y + dx, yx·x + yy·y + dy). */
export interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly yx: number;
  readonly yy: number;
  readonly dx: number;
  readonly dy: number;
}

export const identity: Affine = { xx: 1, xy: 0, yx: 0, yy: 1, dx: 0, dy: 0 };

export interface Placing {
  /** Where the origin goes. Default 0. */
  x?: number;
  y?: number;
  /** Factor of all lengths. Default 1. */
  size?: number;
  /** Tangent of half the angle, clockwise; for small turns about half the angle. Needs no sine. Default 0. */
  tilt?: number;
  /** Factors of widths and heights before anything else; -1 mirrors. Default 1. */
  wide?: number;
  high?: number;
}

/** Stretches, then turns, then moves. */
export function placed({ x = 0, y = 0, size = 1, tilt = 0, wide = 1, high = 1 }: Placing): Affine {
  const cosine = (size * (1 - tilt * tilt)) / (1 + tilt * tilt);
  const sine = (size * 2 * tilt) / (1 + tilt * tilt);
  return { xx: cosine * wide, xy: -sine * high, yx: sine * wide, yy: cosine * high, dx: x, dy: y };
}

/** First `inner`, then `outer`. */
export const composed = (outer: Affine, inner: Affine): Affine => ({
  xx: outer.xx * inner.xx + outer.xy * inner.yx,
  xy: outer.xx * inner.xy + outer.xy * inner.yy,
  yx: outer.yx * inner.xx + outer.yy * inner.yx,
  yy: outer.yx * inner.xy + outer.yy * inner.yy,
  dx: outer.xx * inner.dx + outer.xy * inner.dy + outer.dx,
  dy: outer.yx * inner.dx + outer.yy * inner.dy + outer.dy,
});

/** The way back. */
export function inverse({ xx, xy, yx, yy, dx, dy }: Affine): Affine {
  const area = xx * yy - xy * yx;
  const back = { xx: yy / area, xy: -xy / area, yx: -yx / area, yy: xx / area };
  return { ...back, dx: -(back.xx * dx + back.xy * dy), dy: -(back.yx * dx + back.yy * dy) };
}
