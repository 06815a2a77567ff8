// What the poses put bodies together from: heads that turn, legs, a mane, the outline of who sits upright, and fur that
// knows where on the body it is.

import type { Random } from "wasmgrad/data";
import { shadow, type Coat, type Fur, type Part } from "./coat.js";
import { headFront, headSide, type Mood } from "./head.js";
import { ellipse, limb, symmetric, type Path } from "./path.js";
import type { Pen } from "./sketch.js";
import type { Animal } from "./species.js";

/** The fur of a part whose middle is at height y, so that patterns know what is above and what below. */
export function furAround(y: number, coat: Coat, part: Part): Fur {
  const fur = coat.paint(part);
  return (u, v) => fur(u, v - y);
}

/** The head of a body seen from the side: it looks ahead or, unless its snout is long, at us. */
export function head(pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random): void {
  const long = animal.muzzle.length > 2.2;
  if (!long && random.uniform() < 0.5) headFront(pen, animal, coat, { ...mood, turn: Math.abs(mood.turn) });
  else headSide(pen.at({ tilt: random.uniform(-0.06, 0.12) }), animal, coat, mood);
}

/** Hair along the neck, from the shoulder at (x, y) up to the head. */
export function mane(pen: Pen, x: number, y: number, headX: number, headY: number, coat: Coat, random: Random): void {
  const wide = random.uniform(0.4, 0.6);
  const line = [headX - 0.5, headY - 0.8, (x + headX) / 2 - 0.7, (y + headY) / 2 - 0.6, x - 0.6, y - 0.9];
  pen.fill(limb(line, [0.5 * wide, wide, 0.4 * wide]), shadow(coat.paint("limb"), 0.5));
}

/** A leg with a knee, from (x, y) down to the ground at `footX`. Those of the far side lie in the shade. */
export function leg(pen: Pen, x: number, y: number, footX: number, thick: number, coat: Coat, far: boolean): void {
  const tone = far ? 0.72 : 1;
  const knee = (x + footX) / 2 + 0.1;
  const path = limb([x, y, knee, y / 2, footX, -0.8 * thick], [1.7 * thick, 1.05 * thick, 0.85 * thick]);
  pen.fill(path, shadow(coat.paint("limb"), tone), { line: far ? 1 : 0.7 });
  paw(pen, footX, 1.25, thick, coat, tone);
}

/** The same without a knee: a front leg, straight from the shoulder. */
export function straightLeg(
  pen: Pen,
  x: number,
  y: number,
  footX: number,
  thick: number,
  coat: Coat,
  far: boolean,
): void {
  const tone = far ? 0.72 : 1;
  const path = limb([x, y, footX, -0.8 * thick], [1.4 * thick, 0.9 * thick]);
  pen.fill(path, shadow(coat.paint("limb"), tone), { line: 0.7 });
  paw(pen, footX, 1.2, thick, coat, tone);
}

function paw(pen: Pen, footX: number, long: number, thick: number, coat: Coat, tone: number): void {
  const path = ellipse(footX + 0.25 * thick, -0.55 * thick, long * thick, 0.6 * thick);
  pen.fill(path, shadow(coat.paint("paw"), tone), { line: 0.7 });
}

/** Half the width, and the height of the shoulders, of an animal that sits upright and is seen from the front or from behind. */
export function uprightSize({ body: { length, depth, legs } }: Animal): [wide: number, tall: number] {
  return [0.72 * depth, 0.42 * length + 0.5 * legs + 0.6];
}

/** Its outline; the shoulders' half width is a share of `wide`. */
export function upright(wide: number, tall: number, shoulders: number): Path {
  const points = [
    [0, -tall - 0.3],
    [shoulders * wide, -0.9 * tall],
    [0.95 * wide, -0.45 * tall],
    [wide, -0.25],
    [0.5 * wide, 0],
    [0, 0],
  ];
  return symmetric(points.flat());
}
