// Where a picture takes place: in a room, outdoors by day or night, under water, or before cloth and paper. Says nothing
// about what stands there. Lengths are pixels.

import type { Random } from "wasmgrad/data";
import { SIDE, type Canvas, type Colour, type PixelPaint } from "./canvas.js";
import { anyColour, hex, mix, near, pick, scaled, white } from "./colours.js";
import { noise, spotted, wave } from "./noise.js";
import { blob, ellipse, limb, rectangle, type Path } from "./path.js";

type Setting = (canvas: Canvas, horizon: number, random: Random) => void;

/** Paints a background over the whole canvas. */
export function scene(canvas: Canvas, random: Random): void {
  pick(settings, random)(canvas, random.uniform(0.4, 0.85) * SIDE, random);
}

const settings: readonly Setting[] = [room, room, meadow, meadow, paper, cloth, night, water, lights];

const all = rectangle(-1, -1, SIDE + 1, SIDE + 1);
const flat =
  (colour: Colour): PixelPaint =>
  () =>
    colour;

/** From one colour at the top to another at the bottom. */
const fade = (above: Colour, below: Colour, top = 0, bottom = SIDE): PixelPaint => {
  return (_, y) => mix(above, below, Math.min(1, Math.max(0, (y - top) / (bottom - top))));
};

function paper(canvas: Canvas, _: number, random: Random): void {
  const colour = anyColour(random, 0.2);
  canvas.fill(all, fade(colour, near(colour, random, 0.25)));
}

/** A wall and a floor, and a window, a sofa or a rug. */
function room(canvas: Canvas, horizon: number, random: Random): void {
  const wall = anyColour(random, 0.3);
  const stripe = random.uniform() < 0.35 ? near(wall, random, 0.15) : wall;
  const often = random.uniform(0.08, 0.3);
  canvas.fill(all, (x) => (wave(often * x) < 0.5 ? wall : stripe));
  if (random.uniform() < 0.5) window(canvas, horizon, random);
  const floor = anyColour(random, 0.2, 0.8);
  const board = random.uniform() < 0.5 ? scaled(floor, 0.9) : floor;
  canvas.fill(rectangle(-1, horizon, SIDE + 1, SIDE + 1), (x, y) => (wave(0.12 * y + 0.01 * x) < 0.2 ? board : floor));
  canvas.fill(rectangle(-1, horizon - 1.5, SIDE + 1, horizon), flat(scaled(wall, random.uniform(0.7, 1.2))));
  if (random.uniform() < 0.35) sofa(canvas, horizon, random);
  if (random.uniform() < 0.35) {
    const y = (horizon + SIDE) / 2 + 3;
    canvas.fill(
      ellipse(random.uniform(16, 48), y, random.uniform(16, 34), random.uniform(4, 9)),
      flat(anyColour(random)),
    );
  }
}

function window(canvas: Canvas, horizon: number, random: Random): void {
  const [left, wide, tall] = [random.uniform(0, 44), random.uniform(12, 24), random.uniform(0.35, 0.7) * horizon];
  const top = random.uniform(0, horizon - tall);
  const frame = near(white, random, 0.3);
  canvas.fill(rectangle(left - 1.5, top - 1.5, left + wide + 1.5, top + tall + 1.5), flat(frame));
  const sky = hex(pick([0xa8cfe8, 0x9ab4c4, 0x24304a, 0xf0d8a8], random));
  canvas.fill(rectangle(left, top, left + wide, top + tall), fade(sky, mix(sky, white, 0.3), top, top + tall));
  canvas.fill(rectangle(left + wide / 2 - 0.6, top, left + wide / 2 + 0.6, top + tall), flat(frame));
}

function sofa(canvas: Canvas, horizon: number, random: Random): void {
  const cover = anyColour(random, 0.2, 0.8);
  const [left, wide, tall] = [random.uniform(-20, 30), random.uniform(30, 60), random.uniform(12, 26)];
  const top = horizon - tall;
  const back: Path = blob([left, top, left + wide, top, left + wide, horizon + 8, left, horizon + 8]);
  canvas.fill(back, fade(cover, scaled(cover, 0.7), top, horizon + 8));
  canvas.fill(rectangle(left + 2, horizon - 3, left + wide - 2, horizon + 8), flat(scaled(cover, 1.1)));
}

/** Sky, hills, trees, and grass with flowers. */
function meadow(canvas: Canvas, horizon: number, random: Random): void {
  const sky = hex(pick([0x86b8e0, 0xa9cfe6, 0xc4d2da, 0xe8c9a4, 0x6f94c0], random));
  canvas.fill(all, fade(sky, mix(sky, white, 0.6), 0, horizon));
  const grass = near(hex(pick([0x6f9a45, 0x8aa84e, 0x4f7a3c, 0xb0a860, 0xd8c490, 0xe8ecf0], random)), random, 0.08);
  for (let hill = random.integer(3); hill > 0; hill--) {
    const [x, high] = [random.uniform(0, SIDE), random.uniform(6, 22)];
    const side = random.uniform(20, 40);
    const path = blob([x - side, horizon + 2, x, horizon - high, x + side, horizon + 2, x, horizon + 6]);
    canvas.fill(path, flat(mix(scaled(grass, 0.8), sky, random.uniform(0.1, 0.6))));
  }
  const seed = random.integer(2 ** 20);
  const ground = scaled(grass, 0.85);
  canvas.fill(rectangle(-1, horizon, SIDE + 1, SIDE + 1), (x, y) => mix(ground, grass, noise(0.4 * x, 0.8 * y, seed)));
  for (let tree = random.integer(4); tree > 0; tree--) {
    const [x, y, high] = [random.uniform(0, SIDE), horizon + random.uniform(-1, 3), random.uniform(8, 26)];
    const leaf = near(hex(pick([0x3f6a34, 0x5a8238, 0x7a8a3a, 0xb07a30], random)), random);
    canvas.fill(limb([x, y, x, y - high], [0.09 * high, 0.05 * high]), flat(hex(0x5a4230)));
    canvas.fill(
      ellipse(x, y - high, 0.4 * high, 0.45 * high),
      fade(leaf, scaled(leaf, 0.7), y - 1.4 * high, y - 0.6 * high),
    );
  }
  if (random.uniform() < 0.4) {
    const petal = anyColour(random, 0.4);
    canvas.fill(
      rectangle(-1, horizon + 3, SIDE + 1, SIDE + 1),
      (x, y) => (spotted(0.16 * x, 0.2 * y, seed, 0.16) ? petal : grass),
      0.8,
    );
  }
}

function night(canvas: Canvas, horizon: number, random: Random): void {
  const sky = scaled(hex(pick([0x1c2748, 0x2a2f4a, 0x3a2f52, 0x14202c], random)), random.uniform(0.8, 1.4));
  const seed = random.integer(2 ** 20);
  canvas.fill(all, fade(sky, scaled(sky, 1.6), 0, horizon));
  canvas.fill(
    rectangle(-1, -1, SIDE + 1, horizon),
    (x, y) => (spotted(0.13 * x, 0.13 * y, seed, 0.07) ? white : sky),
    0.7,
  );
  if (random.uniform() < 0.6)
    canvas.fill(ellipse(random.uniform(8, 56), random.uniform(6, 24), random.uniform(4, 9)), flat(hex(0xf0e8c8)));
  const ground = scaled(anyColour(random, 0.1, 0.3), 0.8);
  canvas.fill(rectangle(-1, horizon, SIDE + 1, SIDE + 1), fade(ground, scaled(ground, 0.6), horizon));
}

/** Blue and green, with weeds and bubbles. */
function water(canvas: Canvas, horizon: number, random: Random): void {
  const deep = hex(pick([0x2a6a8a, 0x2f7f86, 0x1f4f74, 0x5aa0b0], random));
  canvas.fill(all, fade(scaled(deep, 1.3), scaled(deep, 0.75)));
  canvas.fill(rectangle(-1, horizon + 8, SIDE + 1, SIDE + 1), flat(mix(deep, hex(0xc8b890), 0.5)));
  for (let weed = random.integer(6); weed > 0; weed--) {
    const [x, high] = [random.uniform(0, SIDE), random.uniform(10, 40)];
    const bend = random.uniform(-5, 5);
    const line = [x, SIDE, x + bend, SIDE - 0.4 * high, x - bend, SIDE - 0.7 * high, x + bend, SIDE - high];
    canvas.fill(limb(line, [2, 1.2, 0.5]), flat(hex(pick([0x3a7a4a, 0x5a8a3a, 0x7a4a4a], random))));
  }
  for (let bubble = random.integer(8); bubble > 0; bubble--) {
    canvas.fill(ellipse(random.uniform(0, SIDE), random.uniform(0, SIDE), random.uniform(0.8, 2.2)), flat(white), 0.5);
  }
}

/** Checks, stripes or dots. */
function cloth(canvas: Canvas, _: number, random: Random): void {
  const [one, two] = [anyColour(random, 0.2), anyColour(random, 0.2)];
  const [u, v] = [random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15)];
  const seed = random.integer(2 ** 20);
  const kind = random.integer(3);
  canvas.fill(all, (x, y) => {
    const [p, q] = [wave(u * x + v * y), wave(v * x - u * y)];
    const second = kind === 0 ? p < 0.5 : kind === 1 ? p < 0.5 !== q < 0.5 : spotted(0.1 * x, 0.1 * y, seed, 0.25);
    return second ? two : one;
  });
}

/** Blurred lights and leaves, as behind a portrait. */
function lights(canvas: Canvas, _: number, random: Random): void {
  const colour = anyColour(random, 0.1, 0.7);
  canvas.fill(all, fade(colour, near(colour, random, 0.2)));
  for (let count = 4 + random.integer(12); count > 0; count--) {
    const size = random.uniform(2, 11);
    canvas.fill(
      ellipse(random.uniform(0, SIDE), random.uniform(0, SIDE), size, size * random.uniform(0.6, 1.2)),
      flat(anyColour(random)),
      random.uniform(0.2, 0.7),
    );
  }
}
