// Ears, seen from the front and from the side, on a head whose middle is the origin and which is 1 to each side.

import { shadow, type Coat } from "./coat.js";
import { blob, ellipse, limb, type Path } from "./path.js";
import type { Pen } from "./sketch.js";
import type { Animal } from "./species.js";

type Point = readonly [x: number, y: number];

/** The right ear of a head seen from the front; a pen that mirrors draws the left one. From behind nothing of `inside` shows. */
export function frontEar(pen: Pen, { ears, skull }: Animal, coat: Coat, inside = true): void {
  const { kind, length, width, lean } = ears;
  const top = skull.height;
  const fur = coat.paint("ear");
  const skin = { line: 0, opacity: inside ? 0.85 : 0 };
  if (kind === "pointed") {
    const [inner, outer]: Point[] = [
      [0.95 - width, -0.88 * top],
      [0.95, -0.25 * top],
    ];
    const tip: Point = [0.85 + lean - 0.5 * (0.7 - width), -0.72 * top - length];
    pen.fill(triangle(inner, tip, outer), fur);
    pen.fill(triangle(inner, tip, outer, 0.3), coat.skin, skin);
  } else if (kind === "round") {
    const [x, y] = [0.7 + lean + 0.25 * length, -0.7 * top - 0.25 * length];
    pen.fill(ellipse(x, y, length), fur);
    pen.fill(ellipse(x - 0.02, y + 0.05, 0.62 * length), coat.skin, skin);
  } else if (kind === "long") {
    const line = [0.42, -0.6 * top, 0.48 + 0.5 * lean, -top - 0.5 * length, 0.5 + lean, -top - 0.85 * length];
    pen.fill(limb(line, [0.7 * width, width, 0.9 * width, 0.4 * width]), fur);
    pen.fill(limb(line, [0.2 * width, 0.5 * width, 0.45 * width, 0.1 * width]), coat.skin, skin);
  } else {
    const [x, y, low] = [0.95 + lean, -0.55 * top, -0.55 * top + length];
    const line = [
      0.45,
      -0.88 * top,
      x,
      y - 0.15,
      x + 0.5 * width,
      low - 0.4,
      x,
      low,
      x - width,
      low - 0.35,
      0.7,
      y + 0.3,
    ];
    pen.fill(blob(line), shadow(fur));
  }
}

/** The ear of a head seen from the right side. */
export function sideEar(pen: Pen, { ears, skull }: Animal, coat: Coat): void {
  const { kind, length, width, lean } = ears;
  const top = skull.height;
  const fur = coat.paint("ear");
  const skin = { line: 0, opacity: 0.8 };
  if (kind === "pointed") {
    const [back, front]: Point[] = [
      [-0.65, -0.55 * top],
      [-0.65 + width, -0.9 * top],
    ];
    const tip: Point = [-0.45 - lean, -0.75 * top - length];
    pen.fill(triangle(front, tip, back), fur);
    pen.fill(triangle(front, tip, back, 0.4), coat.skin, skin);
  } else if (kind === "round") {
    const y = -0.7 * top - 0.25 * length;
    pen.fill(ellipse(-0.45, y, 0.9 * length, length), fur);
    pen.fill(ellipse(-0.42, y + 0.03, 0.55 * length, 0.62 * length), coat.skin, skin);
  } else if (kind === "long") {
    const line = [-0.3, -0.7 * top, -0.5 - lean, -top - 0.5 * length, -0.75 - 1.4 * lean, -top - 0.85 * length];
    pen.fill(limb(line, [0.7 * width, width, 0.9 * width, 0.4 * width]), fur);
    pen.fill(limb(line, [0.2 * width, 0.4 * width, 0.35 * width, 0.1 * width]), coat.skin, skin);
  } else {
    const low = -0.5 + length;
    const line = [-0.35, -0.85 * top, 0.1, -0.5, 0.05, low - 0.3, -0.25, low, -0.35 - width, low - 0.3, -0.6, -0.5];
    pen.fill(blob(line), shadow(fur));
  }
}

/** An ear of slightly bent sides with a sharp tip; `inset` draws the part of it that lies so far from the rim. */
function triangle(from: Point, tip: Point, to: Point, inset = 0): Path {
  const [middleX, middleY] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const toMiddle = ([x, y]: Point): Point => [x + inset * (middleX - x), y + inset * (middleY - y)];
  const bent = ([ax, ay]: Point, [bx, by]: Point): Point => [
    (ax + bx) / 2 + 0.12 * ((ax + bx) / 2 - middleX),
    (ay + by) / 2 + 0.05 * ((ay + by) / 2 - middleY),
  ];
  const [a, t, b] = [from, tip, to].map(toMiddle);
  return blob([...a, ...bent(a, t), ...t, ...bent(t, b), ...b], [0, 2, 4]);
}
