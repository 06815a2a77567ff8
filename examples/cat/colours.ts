// Colours: names for those that are used, and how they are mixed.

import type { Random } from "wasmgrad/data";
import type { Colour } from "./canvas.js";

/** A colour written as on the web: 0xrrggbb. */
export const hex = (code: number): Colour => [(code >> 16) / 255, ((code >> 8) & 255) / 255, (code & 255) / 255];

export const mix = (a: Colour, b: Colour, share: number): Colour => [
  a[0] + share * (b[0] - a[0]),
  a[1] + share * (b[1] - a[1]),
  a[2] + share * (b[2] - a[2]),
];

export const scaled = ([red, green, blue]: Colour, factor: number): Colour => [
  factor * red,
  factor * green,
  factor * blue,
];

export const brightness = ([red, green, blue]: Colour) => 0.3 * red + 0.59 * green + 0.11 * blue;

export const black = hex(0x1c1a1b);
export const white = hex(0xf4f1ea);
export const pink = hex(0xdb9a98);

/** What fur comes in. */
export const furs = [
  0x2a2627, 0x4a494e, 0x85858c, 0xb4b4ba, 0xeae6de, 0xe3cda4, 0xd08c3e, 0xb5642c, 0x80583a, 0x54382a, 0xb89264,
  0x6e7a88,
].map(hex);

export const pick = <T>(of: readonly T[], random: Random): T => of[random.integer(of.length)];

/** Any colour, from dull to gaudy. */
export function anyColour(random: Random, low = 0.15, high = 0.95): Colour {
  const grey = random.uniform(low, high);
  const gaudy = random.uniform(0, 0.35);
  const channel = () => Math.min(1, Math.max(0, grey + gaudy * random.uniform(-1, 1)));
  return [channel(), channel(), channel()];
}

/** A colour a little off another one. */
export function near(colour: Colour, random: Random, reach = 0.06): Colour {
  const lighter = random.uniform(-reach, reach);
  const channel = (value: number) => Math.min(1, Math.max(0, value + lighter + 0.4 * reach * random.uniform(-1, 1)));
  return [channel(colour[0]), channel(colour[1]), channel(colour[2])];
}
