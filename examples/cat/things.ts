// Things that are no animals. Each is about 2 wide, stands on y = 0, and comes in any colour.

import type { Random } from "wasmgrad/data";
import type { Colour } from "./canvas.js";
import { anyColour, black, hex, pick, scaled, white } from "./colours.js";
import { wave } from "./noise.js";
import { blob, ellipse, limb, polygon, rectangle, symmetric } from "./path.js";
import type { Pen } from "./sketch.js";

type Draw = (pen: Pen, colour: Colour, random: Random) => void;

/** One of them, whichever. */
export function thing(pen: Pen, random: Random): void {
  pick(things, random)(pen, anyColour(random), random);
}

/** Small enough to lie about beside an animal. */
export function toy(pen: Pen, random: Random): void {
  pick([ball, cup, flower, box], random)(pen, anyColour(random), random);
}

const things: readonly Draw[] = [ball, cup, house, tree, car, flower, box, chair, lamp, cushion];

function ball(pen: Pen, colour: Colour, random: Random): void {
  const stripe = anyColour(random);
  const often = random.uniform(0.3, 1.2);
  pen.fill(ellipse(0, -1, 1), (x, y) => (wave(often * (x + 0.5 * y)) < 0.4 ? stripe : colour));
}

function cup(pen: Pen, colour: Colour, random: Random): void {
  const tall = random.uniform(1.2, 2);
  pen.fill(limb([0.7, -0.8 * tall, 1.25, -0.7 * tall, 1.2, -0.3 * tall, 0.7, -0.25 * tall], [0.12, 0.12]), colour);
  pen.fill(polygon(-0.9, -tall, 0.9, -tall, 0.7, 0, -0.7, 0), colour);
  pen.fill(ellipse(0, -tall, 0.9, 0.22), scaled(colour, 0.5));
}

function house(pen: Pen, colour: Colour, random: Random): void {
  const [wide, tall, roof] = [random.uniform(0.8, 1.4), random.uniform(1, 1.8), random.uniform(0.6, 1.2)];
  const glass = hex(pick([0xf0d890, 0x9cc0d8, 0x3a4250], random));
  pen.fill(rectangle(-wide, -tall, wide, 0), colour);
  pen.fill(polygon(-wide - 0.2, -tall, 0, -tall - roof, wide + 0.2, -tall), anyColour(random));
  pen.fill(rectangle(-0.22, -0.75, 0.22, 0), anyColour(random), { line: 0.7 });
  for (const x of [-0.62, 0.62]) {
    pen.fill(rectangle(x * wide - 0.2, -0.8 * tall, x * wide + 0.2, -0.45 * tall), glass, { line: 0.7, round: 0 });
  }
}

function tree(pen: Pen, _: Colour, random: Random): void {
  const leaf: Colour = [random.uniform(0.1, 0.6), random.uniform(0.3, 0.6), random.uniform(0.08, 0.25)];
  pen.fill(limb([0, 0, 0.05, -2], [0.22, 0.14]), hex(0x6a4a32));
  if (random.uniform() < 0.5) {
    for (const y of [-0.9, -1.7, -2.4])
      pen.fill(polygon(-1.1 - 0.3 * y - 0.3, y, 0, y - 1.2, 1.1 + 0.3 * y + 0.3, y), leaf);
  } else {
    for (const [x, y] of [
      [-0.5, -1.7],
      [0.5, -1.8],
      [0, -2.4],
    ])
      pen.fill(ellipse(x, y, random.uniform(0.6, 0.8)), leaf, { line: 0.5 });
  }
}

function car(pen: Pen, colour: Colour): void {
  pen.fill(blob([-1, -0.7, -0.6, -1.25, 0.4, -1.25, 0.85, -0.7], [0, 3]), colour);
  pen.fill(polygon(-0.75, -0.72, -0.5, -1.12, 0.3, -1.12, 0.6, -0.72), hex(0xa8c4d4), { line: 0.5 });
  pen.fill(blob([-1.5, -0.75, 1.4, -0.75, 1.5, -0.25, -1.55, -0.25]), colour);
  for (const x of [-0.85, 0.85]) {
    pen.fill(ellipse(x, -0.28, 0.3), black);
    pen.fill(ellipse(x, -0.28, 0.13), hex(0xa0a0a0), { line: 0 });
  }
}

function flower(pen: Pen, colour: Colour, random: Random): void {
  const tall = random.uniform(1.4, 2.2);
  pen.fill(limb([0, 0, 0.1, -0.5 * tall, 0, -tall], [0.07, 0.06]), hex(0x4a7a3a));
  for (const wide of [-1, 1])
    pen.at({ wide }).fill(blob([0, -0.3, 0.5, -0.75, 0.75, -0.7, 0.4, -0.3], [2]), hex(0x568a40), { line: 0.6 });
  for (const [x, y] of [
    [0, -0.45],
    [0.43, -0.14],
    [0.26, 0.36],
    [-0.26, 0.36],
    [-0.43, -0.14],
  ]) {
    pen.fill(ellipse(x, y - tall, 0.32), colour, { line: 0.6 });
  }
  pen.fill(ellipse(0, -tall, 0.24), hex(0xe0b840), { line: 0.5 });
}

function box(pen: Pen, colour: Colour, random: Random): void {
  const [wide, tall] = [random.uniform(0.7, 1.2), random.uniform(0.7, 1.3)];
  pen.fill(
    polygon(-wide, -tall, -wide + 0.35, -tall - 0.4, wide + 0.35, -tall - 0.4, wide, -tall),
    scaled(colour, 1.15),
  );
  pen.fill(polygon(wide, -tall, wide + 0.35, -tall - 0.4, wide + 0.35, -0.4, wide, 0), scaled(colour, 0.7));
  pen.fill(rectangle(-wide, -tall, wide, 0), colour);
}

function chair(pen: Pen, colour: Colour, random: Random): void {
  const tall = random.uniform(1.8, 2.4);
  for (const x of [-0.75, 0.75]) pen.fill(limb([x, -0.9, 1.05 * x, -0.05], [0.09, 0.08]), scaled(colour, 0.7));
  pen.fill(blob([-0.8, -tall, 0.8, -tall, 0.8, -0.8, -0.8, -0.8]), scaled(colour, 0.9));
  pen.fill(blob([-0.95, -1.1, 0.95, -1.1, 1, -0.75, -1, -0.75]), colour);
}

function lamp(pen: Pen, colour: Colour, random: Random): void {
  const tall = random.uniform(1.4, 2.4);
  pen.fill(ellipse(0, -0.1, 0.5, 0.12), scaled(colour, 0.6));
  pen.fill(limb([0, -0.1, 0, -tall], [0.07, 0.07]), scaled(colour, 0.6));
  pen.fill(
    polygon(-0.8, -tall, -0.4, -tall - 0.9, 0.4, -tall - 0.9, 0.8, -tall),
    random.uniform() < 0.5 ? hex(0xf6e6b0) : colour,
  );
}

/** Four corners that stand up, as ears do. */
function cushion(pen: Pen, colour: Colour, random: Random): void {
  const other = random.uniform() < 0.5 ? white : anyColour(random);
  const often = random.uniform(0.5, 1.5);
  const path = symmetric([0, -1.7, 1.2, -2, 1.05, -1, 1.2, 0, 0, -0.2], [1, 3]);
  pen.fill(path, (x, y) => (wave(often * (x - 0.3 * y)) < 0.3 ? other : colour));
}
