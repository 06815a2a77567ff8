// Heads, seen from the front, from the side and from behind. The middle of the skull is the origin, and it is 1 to each
// side; heads seen from the side look to the right.

import type { Random } from "wasmgrad/data";
import type { Colour } from "./canvas.js";
import { shadow, type Coat } from "./coat.js";
import { black, brightness, hex, mix, pick, scaled, white } from "./colours.js";
import { frontEar, sideEar } from "./ears.js";
import { blob, ellipse, limb, symmetric } from "./path.js";
import type { Pen } from "./sketch.js";
import type { Animal } from "./species.js";

/** What a face looks like today. */
export interface Mood {
  readonly asleep: boolean;
  /** How far it looks to its left, -1 to 1. */
  readonly turn: number;
  readonly iris: Colour;
  /** Half the width of a slit pupil as a share of the eye's. */
  readonly pupil: number;
  readonly tongue: boolean;
}

const bright = [0x9bb84a, 0xd9b23c, 0x6fa2c4, 0x5f9d6a, 0xc98a35, 0xb9c46a].map(hex);
const dark = [0x3a2a20, 0x4d3423, 0x2a2220].map(hex);

export function mood(animal: Animal, random: Random): Mood {
  const { kind } = animal.eyes;
  const light = kind === "slit" ? 0.9 : 0;
  return {
    asleep: random.uniform() < 0.08,
    turn: random.uniform(-0.6, 0.6),
    iris: random.uniform() < light ? pick(bright, random) : pick(dark, random),
    pupil: random.uniform(0.18, 0.6),
    tongue: kind === "round" && random.uniform() < 0.25,
  };
}

/** The outline of a skull seen from the front. */
function skullPath({ skull: { height, cheek, chin } }: Animal) {
  return symmetric([
    ...[0, -height, 0.6, -0.8 * height, 0.98, -0.15, cheek, 0.5 * height, chin, 0.88 * height, 0, height],
  ]);
}

export function headFront(pen: Pen, animal: Animal, coat: Coat, mood: Mood): void {
  const { ears, skull, muzzle, nose } = animal;
  const hanging = ears.kind === "hanging";
  const drawEars = () => [-1, 1].forEach((wide) => frontEar(pen.at({ wide }), animal, coat));
  if (!hanging) drawEars();
  pen.fill(skullPath(animal), coat.paint("face"));
  if (hanging) drawEars();

  // Eyes, snout and mouth move to one side as the head turns.
  const face = pen.at({ x: 0.32 * mood.turn, wide: 1 - 0.15 * Math.abs(mood.turn) });
  const long = Math.max(0, muzzle.length - 1.2);
  const low = (0.42 + 0.15 * long) * skull.height;
  const snout = muzzle.width * (long > 0 ? 1.05 : 0.85);
  const fur = coat.paint("muzzle");
  if (long > 0) {
    face.fill(ellipse(0, low, snout, 0.95 * snout + 0.2 * long), fur, { line: 0.6 });
  } else {
    for (const side of [-0.5, 0.5]) {
      face.fill(ellipse(side * snout, low + 0.02, 0.62 * snout, 0.55 * snout), fur, { line: 0 });
    }
  }
  for (const wide of [-1, 1]) eye(face.at({ wide }), animal, mood);
  const top = low - (long > 0 ? 0.5 * snout - 0.1 * long : 0.2);
  const noseColour = brightness(coat.skin) > 0.4 && nose < 0.15 ? coat.skin : black;
  face.fill(blob([-nose, top - 0.4 * nose, nose, top - 0.4 * nose, 0, top + 0.9 * nose], [0, 1]), noseColour, {
    line: 0.5,
  });

  const lip = top + 0.9 * nose;
  const ink = brightness(coat.base) < 0.2 ? scaled(white, 0.45) : black;
  const reach = 0.7 * snout;
  if (mood.tongue) face.fill(ellipse(0.05, lip + 0.3, 0.13, 0.22), hex(0xd8707a), { line: 0.5 });
  for (const side of [-1, 1]) {
    const mouth = [0, lip, 0.05 * side, lip + 0.12, 0.55 * side * reach, lip + 0.14, side * reach, lip + 0.02];
    face.fill(limb(mouth, [0.035, 0.035]), ink, { line: 0, round: 0 });
  }
  whiskers(face, animal, low);
}

/** The right eye of a face. */
function eye(pen: Pen, { eyes: { kind, size, apart } }: Animal, { asleep, iris, pupil }: Mood): void {
  if (asleep) {
    const lid = [apart - 1.1 * size, -0.1, apart, 0.02, apart + 1.1 * size, -0.12];
    pen.fill(limb(lid, [0.05, 0.05]), black, { line: 0, round: 0 });
    return;
  }
  const ry = kind === "slit" ? 0.88 * size : size;
  pen.fill(ellipse(apart, -0.1, 1.15 * size, 1.15 * ry), black, { line: 0, round: 0 });
  if (kind !== "bead") {
    pen.fill(ellipse(apart, -0.1, 0.92 * size, 0.92 * ry), iris, { line: 0, round: 0 });
    const across = kind === "slit" ? pupil * size : 0.55 * size;
    pen.fill(ellipse(apart, -0.1, across, kind === "slit" ? 0.85 * ry : 0.55 * size), black, { line: 0, round: 0 });
  }
  pen.fill(ellipse(apart - 0.3 * size, -0.1 - 0.35 * size, 0.22 * size), white, { line: 0, round: 0 });
}

/** Long hairs to both sides of the mouth. */
function whiskers(pen: Pen, { whiskers: length, muzzle }: Animal, y: number): void {
  if (length < 0.1) return;
  for (const side of [-1, 1]) {
    for (const slope of [-0.25, 0, 0.25]) {
      const from = [side * 0.55 * muzzle.width, y + 0.2 * slope];
      const to = [side * (0.45 + length), y + slope * length + 0.08];
      const hair = [...from, (from[0] + to[0]) / 2, (from[1] + to[1]) / 2 - 0.06, ...to];
      pen.fill(limb(hair, [0.03, 0.015]), mix(white, black, slope === 0 ? 0.1 : 0), {
        line: 0.4,
        round: 0,
        opacity: 0.8,
      });
    }
  }
}

export function headBehind(pen: Pen, animal: Animal, coat: Coat): void {
  for (const wide of [-1, 1]) frontEar(pen.at({ wide }), animal, coat, false);
  const back = coat.paint("ear");
  pen.fill(skullPath(animal), shadow(back, 0.96));
}

export function headSide(pen: Pen, animal: Animal, coat: Coat, mood: Mood): void {
  const { ears, skull, muzzle, nose, eyes } = animal;
  const fur = coat.paint("face");
  const { length, width, drop } = muzzle;
  const far: Coat = { ...coat, paint: (part) => shadow(coat.paint(part)) };
  if (ears.kind !== "hanging") sideEar(pen.at({ x: 0.42, y: 0.06, size: 0.95 }), animal, far);
  const tip = [length - 0.5 * width, drop];
  const snout = [0.25, 0.15, (0.25 + tip[0]) / 2, 0.1 + drop / 2, ...tip];
  pen.fill([...ellipse(0, 0, 0.98, 0.96 * skull.height), ...limb(snout, [0.72, 0.5 * (0.72 + width), width])], fur);
  const front = muzzle.length > 2.2 ? fur : coat.paint("muzzle");
  pen.fill(ellipse(tip[0] + 0.12 * width, tip[1] + 0.25 * width, 0.75 * width, 0.6 * width), front, { line: 0 });

  const noseColour = brightness(coat.skin) > 0.4 && nose < 0.15 ? coat.skin : black;
  pen.fill(ellipse(tip[0] + 0.85 * width, tip[1] - 0.3 * width, 0.9 * nose, 0.8 * nose), noseColour, { line: 0.5 });
  const ink = brightness(coat.base) < 0.2 ? scaled(white, 0.45) : black;
  const lips = [0.75 * width, 0.35 * width, 0, 0.6 * width, -0.5, 0.5 * width];
  const mouth = lips.map((value, at) => tip[at & 1] + value);
  pen.fill(limb(mouth, [0.035, 0.035]), ink, { line: 0, round: 0 });
  eye(pen.at({ x: 0.42 - eyes.apart, wide: 0.8 }), animal, mood);
  whiskers(pen.at({ x: tip[0] }), animal, tip[1] + 0.2 * width);
  sideEar(pen, animal, coat);
}
