// A drawing before it is on the canvas: shapes in units of its own, in the order in which they cover each other. So it can
// be measured first, and then be placed in a picture at any size.

import { composed, identity, inverse, placed, type Affine, type Placing } from "./affine.js";
import type { Canvas, Colour } from "./canvas.js";
import { boundsOf, edge, mapped, type Bounds, type Path } from "./path.js";

/** One colour, or the colour at a place in the part's own units. */
export type Paint = Colour | ((x: number, y: number) => Colour);

/** How a shape takes part in light and line. */
export interface Look {
  /** How round it looks: 1 as all that is lit, 0 for what is flat or shines itself. Default 1. */
  round?: number;
  /** Width of its outline in units of the picture's: 1 as all others, 0 for none. Default 1. */
  line?: number;
  /** Default 1. */
  opacity?: number;
}

/** Where the light comes from, and how the outlines are drawn. */
export interface Light {
  /** Towards the light; its length says how much lighter that side of a shape is, 0 for none. */
  x: number;
  y: number;
  /** The width of outlines in pixels, 0 for none, and the share of the shape's colour that they keep. */
  line: number;
  ink: number;
}

interface Shape {
  path: Path;
  paint: Paint;
  /** From the sketch's units to the part's. */
  toPart: Affine;
  look: Look;
}

/** Draws in the units of one part: a head, a leg. */
export class Pen {
  constructor(
    private readonly shapes: Shape[],
    private readonly toSketch: Affine = identity,
  ) {}

  /** A pen for a part at some place of this one's. */
  at(placing: Placing): Pen {
    return new Pen(this.shapes, composed(this.toSketch, placed(placing)));
  }

  fill(path: Path, paint: Paint, look: Look = {}): void {
    this.shapes.push({ path: mapped(path, this.toSketch), paint, toPart: inverse(this.toSketch), look });
  }
}

export class Sketch {
  private readonly shapes: Shape[] = [];
  readonly pen = new Pen(this.shapes);

  /** What the shapes take up, in the sketch's units. */
  get bounds(): Bounds {
    return boundsOf(this.shapes.map(({ path }) => path));
  }

  /** Paints all shapes, `toCanvas` leading from the sketch's units to pixels. */
  paint(canvas: Canvas, toCanvas: Affine, light: Light): void {
    const back = inverse(toCanvas);
    for (const { path, paint, toPart, look } of this.shapes) {
      const onCanvas = mapped(path, toCanvas);
      const { xx, xy, yx, yy, dx, dy } = composed(toPart, back);
      const colour = (x: number, y: number) =>
        typeof paint === "function" ? paint(xx * x + xy * y + dx, yx * x + yy * y + dy) : paint;
      const { round = 1, line = 1, opacity = 1 } = look;
      const { left, top, right, bottom } = boundsOf([onCanvas]);
      const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
      const slopeX = (2 * round * light.x) / Math.max(1, right - left);
      const slopeY = (2 * round * light.y) / Math.max(1, bottom - top);
      const lit = (x: number, y: number): Colour => {
        const factor = 1 + slopeX * (x - middleX) + slopeY * (y - middleY);
        const [red, green, blue] = colour(x, y);
        return [factor * red, factor * green, factor * blue];
      };
      const inked = (x: number, y: number): Colour => {
        const [red, green, blue] = colour(x, y);
        return [light.ink * red, light.ink * green, light.ink * blue];
      };
      // The outline comes first, twice as wide: the shape covers its inner half, and what runs inside of a path of parts.
      if (line * light.line > 0) canvas.fill(edge(onCanvas, line * light.line), inked, opacity);
      canvas.fill(onCanvas, lit, opacity);
    }
  }
}
