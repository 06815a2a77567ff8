// Whole animals in their poses. The unit is the radius of the head, the ground is y = 0, and they look to the right.

import type { Random } from "wasmgrad/data";
import { furAround, head, leg, mane, straightLeg, upright, uprightSize } from "./body.js";
import { shadow, type Coat } from "./coat.js";
import { headBehind, headFront, headSide, type Mood } from "./head.js";
import { blob, ellipse, limb, symmetric } from "./path.js";
import type { Pen } from "./sketch.js";
import type { Animal, Pose } from "./species.js";
import { laidTail, tail } from "./tail.js";

type Draw = (pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random) => void;

export const poses: Record<Pose, Draw> = { face, standing, sitting, facing, lying, curled, behind };

/** The head alone, with or without a piece of neck and shoulders. */
function face(pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random): void {
  const front = random.uniform() < 0.75;
  const wide = 0.75 + 0.5 * random.uniform();
  if (random.uniform() < 0.7) {
    if (front) pen.fill(symmetric([0, 0.4, wide, 0.9, 1.3 * wide, 2.2, 0, 2.3]), coat.paint("front"));
    else pen.fill(limb([0, 0.3, -0.7, 1.6], [0.8, wide]), coat.paint("side"));
  }
  if (front) headFront(pen, animal, coat, mood);
  else headSide(pen, animal, coat, mood);
}

/** On four legs, standing or walking. */
function standing(pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random): void {
  const { length, depth, legs, thick, neck } = animal.body;
  const half = depth / 2;
  const y = -legs - half; // the line of the back's middle
  const [hip, shoulder] = [-length / 2, length / 2];
  const stride = random.uniform(0, 0.22) * legs;
  tail(pen.at({ x: hip - 0.5 * half, y: y - 0.35 * half }), animal, coat, random.uniform(-0.4, 1), random);
  leg(pen, hip + 0.1, y, hip + 0.1 - stride, thick, coat, true);
  leg(pen, shoulder + 0.15, y, shoulder + 0.15 + stride, thick, coat, true);
  const torso = limb([hip, y, 0, y + random.uniform(-0.1, 0.2), shoulder, y], [0.88 * half, 0.86 * half, half]);
  const [headX, headY] = [shoulder + 0.5 + 0.55 * neck, y - 0.55 * half - 0.45 - 0.75 * neck];
  if (neck > 1) mane(pen, shoulder, y, headX, headY, coat, random);
  const nape = limb([shoulder, y, headX - 0.2, headY + 0.2], [0.8 * half, neck > 1 ? 0.6 : 0.75]);
  pen.fill([...torso, ...nape], furAround(y + half * 0.2, coat, "side"));
  leg(pen, hip - 0.05, y + 0.3 * half, hip - 0.05 + stride, thick, coat, false);
  leg(pen, shoulder - 0.1, y + 0.3 * half, shoulder - 0.1 - stride, thick, coat, false);
  head(pen.at({ x: headX, y: headY }), animal, coat, mood, random);
}

/** On the haunches, seen from the side. */
function sitting(pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random): void {
  const { length, depth, legs, thick, neck } = animal.body;
  const rump = 0.62 * depth;
  const tall = 0.45 * length + 0.55 * legs + 0.5; // of the shoulders
  const [x, y] = [0.55 + 0.22 * length, -tall];
  const fur = furAround(-rump, coat, "side");
  if (random.uniform() < 0.55)
    tail(pen.at({ x: -0.85 * rump, y: -0.35 }), animal, coat, random.uniform(0, 0.8), random);
  else laidTail(pen.at({ x: -0.9 * rump, y: -0.45 }), animal, coat);
  straightLeg(pen, x + 0.2, y, x + 0.35, thick, coat, true);
  const torso = limb([0, -rump, 0.45 * x, -0.5 * (rump + tall), x, y], [rump, 0.85 * rump, 0.42 * depth]);
  const nape = limb([x, y, x + 0.2 + 0.35 * neck, y - 0.5 - 0.6 * neck], [0.42 * depth, 0.7]);
  pen.fill([...torso, ...nape], fur);
  straightLeg(pen, x, y + 0.3, x + 0.1, thick, coat, false);
  pen.fill(ellipse(0.12 * rump, -0.68 * rump, 0.78 * rump, 0.68 * rump), fur, { line: 0.5 });
  pen.fill(
    limb([0.3, -0.9 * thick, 0.3 + 0.75 * rump, -0.75 * thick], [0.9 * thick, 0.75 * thick]),
    coat.paint("paw"),
    { line: 0.7 },
  );
  head(pen.at({ x: x + 0.3 + 0.4 * neck, y: y - 0.75 - 0.8 * neck }), animal, coat, mood, random);
}

/** On the haunches, seen from the front. */
function facing(pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random): void {
  const { thick, neck } = animal.body;
  const [wide, tall] = uprightSize(animal);
  const side = random.uniform() < 0.5 ? -1 : 1;
  const root = { x: -0.75 * wide, y: -0.4 };
  if (random.uniform() < 0.6) tail(pen.at({ wide: side }).at(root), animal, coat, random.uniform(0, 0.9), random);
  pen.fill(upright(wide, tall, 0.62), furAround(-0.5 * tall, coat, "front"));
  const [fur, paw] = [coat.paint("limb"), coat.paint("paw")];
  for (const mirror of [-1, 1]) {
    const half = pen.at({ wide: mirror });
    half.fill(ellipse(0.82 * wide, -0.42 * wide, 0.42 * wide, 0.5 * wide), fur, { line: 0.6 });
    half.fill(ellipse(0.85 * wide, -0.5 * thick, 0.36 * wide, 0.6 * thick), paw, { line: 0.6 });
    const leg = limb([0.34 * wide, -0.62 * tall, 0.36 * wide, -0.8 * thick], [1.1 * thick, 0.9 * thick]);
    half.fill(leg, fur, { line: 0.6 });
    half.fill(ellipse(0.37 * wide, -0.5 * thick, 1.15 * thick, 0.65 * thick), paw, { line: 0.7 });
  }
  if (random.uniform() < 0.3) laidTail(pen.at(root), animal, coat);
  headFront(pen.at({ y: -tall - 0.45 - 0.4 * neck, tilt: random.uniform(-0.06, 0.06) }), animal, coat, mood);
}

/** Lying on the belly, the paws ahead. */
function lying(pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random): void {
  const { length, depth, thick, neck } = animal.body;
  const half = 0.5 * depth;
  const [hip, shoulder] = [-0.45 * length, 0.4 * length];
  const [fur, paw] = [furAround(-half, coat, "side"), coat.paint("paw")];
  if (random.uniform() < 0.5)
    tail(pen.at({ x: hip - 0.8 * half, y: -0.4 }), animal, coat, random.uniform(-0.05, 0.3), random);
  const farLeg = limb([shoulder, -0.9 * thick, shoulder + 1.3, -0.9 * thick], [thick, 0.85 * thick]);
  pen.fill(farLeg, shadow(paw, 0.75), { line: 0.7 });
  const torso = limb([hip, -half, 0, -0.95 * half, shoulder, -1.05 * half], [half, 0.95 * half, 0.95 * half]);
  pen.fill(torso, fur);
  pen.fill(ellipse(hip + 0.1, -0.72 * half, 0.85 * half, 0.7 * half), fur, { line: 0.5 });
  const hindPaw = limb([hip + 0.2, -0.7 * thick, hip + 1.1, -0.7 * thick], [0.9 * thick, 0.7 * thick]);
  pen.fill(hindPaw, paw, { line: 0.7 });
  const nearLeg = limb([shoulder - 0.3, -0.8 * thick, shoulder + 1.1, -0.7 * thick], [thick, 0.85 * thick]);
  pen.fill(nearLeg, paw, { line: 0.7 });
  if (random.uniform() < 0.4) laidTail(pen.at({ x: hip - 0.7 * half, y: -0.5 }), animal, coat);
  const up = random.uniform(0.4, 1);
  head(pen.at({ x: shoulder + 0.5 + 0.3 * neck, y: -half - 0.35 - up - 0.4 * neck }), animal, coat, mood, random);
}

/** In a ring, most of the time asleep. */
function curled(pen: Pen, animal: Animal, coat: Coat, mood: Mood, random: Random): void {
  const [wide, high] = [0.55 * animal.body.length, 0.55 * animal.body.depth];
  const fur = furAround(-high, coat, "side");
  const ring = [
    [-wide, -0.9 * high],
    [-0.5 * wide, -1.9 * high],
    [0.5 * wide, -1.8 * high],
    [wide, -0.8 * high],
    [0.6 * wide, 0],
    [-0.7 * wide, 0],
  ];
  pen.fill(blob(ring.flat()), fur);
  pen.fill(ellipse(-0.5 * wide, -0.75 * high, 0.5 * wide, 0.62 * high), fur, { line: 0.5 });
  const asleep = { ...mood, asleep: random.uniform() < 0.75 };
  const place = { x: 0.62 * wide, y: -0.72 * animal.skull.height, tilt: random.uniform(-0.1, 0.25), size: 0.95 };
  headFront(pen.at(place), animal, coat, asleep);
  laidTail(pen.at({ x: -0.95 * wide, y: -0.5 }), animal, coat);
}

/** Sitting with the back to us. */
function behind(pen: Pen, animal: Animal, coat: Coat, _: Mood, random: Random): void {
  const [wide, tall] = uprightSize(animal);
  pen.fill(upright(wide, tall, 0.6), furAround(-0.5 * tall, coat, "side"));
  const high = tall + 0.45 + 0.4 * animal.body.neck;
  headBehind(pen.at({ y: -high, tilt: random.uniform(-0.1, 0.1) }), animal, coat);
  const mirror = random.uniform() < 0.5 ? -1 : 1;
  tail(pen.at({ y: -0.35, wide: mirror }), animal, coat, random.uniform(0, 0.7), random);
}
