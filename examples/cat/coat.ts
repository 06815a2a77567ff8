// Fur: two colours and a pattern. All species wear all colours, and most of them all patterns, as cats do.

import type { Random } from "wasmgrad/data";
import type { Colour } from "./canvas.js";
import { brightness, furs, mix, near, pick, pink, scaled, white } from "./colours.js";
import { noise, spotted, wave } from "./noise.js";

/** The parts of an animal that a pattern tells apart. */
export type Part = "side" | "front" | "face" | "limb" | "paw" | "ear" | "muzzle";

export interface Coat {
  /** The colour of most of it. */
  readonly base: Colour;
  /** Skin where it shows: inside of the ears, nose, paws without fur. */
  readonly skin: Colour;
  /** The fur of a part, in that part's units: about 1 for the radius of the head. */
  paint(part: Part): Fur;
}

/** The colour of the fur at a place. */
export type Fur = (x: number, y: number) => Colour;

/** The same fur in the shade. */
export const shadow =
  (fur: Fur, factor = 0.82): Fur =>
  (x, y) =>
    scaled(fur(x, y), factor);

type Pattern = (part: Part, x: number, y: number) => Colour;

const APART = 0.15; // of the brightness of a fur and of what is behind it: nobody photographs black cats in the dark

/**
 * @param behind brightness of the background, 0 to 1
 * @param kinds what it may be
 */
export function coat(random: Random, behind: number, kinds: readonly CoatKind[] = usual): Coat {
  let base = near(pick(furs, random), random);
  while (Math.abs(brightness(base) - behind) < APART) base = near(pick(furs, random), random);
  const seed = random.integer(2 ** 20);
  const skin = random.uniform() < 0.6 ? near(pink, random, 0.1) : scaled(base, 0.45);
  const pattern = patterns[pick(kinds, random)](base, seed, random);
  const rough = random.uniform(0, 0.12); // fur is never quite even
  const paint = (part: Part) => (x: number, y: number) =>
    scaled(pattern(part, x, y), 1 - rough + 2 * rough * noise(9 * x, 5 * y, seed + 9));
  return { base, skin, paint };
}

/** A second colour that can be told from the first. */
function other(base: Colour, random: Random): Colour {
  if (random.uniform() < 0.5) return brightness(base) > 0.35 ? scaled(base, random.uniform(0.35, 0.6)) : white;
  let colour = near(pick(furs, random), random);
  while (Math.abs(brightness(colour) - brightness(base)) < 0.2) colour = near(pick(furs, random), random);
  return colour;
}

const patterns = { plain, shaded, striped, flecked, patched, bicolour, pointed };

export type CoatKind = keyof typeof patterns;

/** Stripes and white chests are more common than the others. */
const usual: readonly CoatKind[] = [...(Object.keys(patterns) as CoatKind[]), "striped", "bicolour"];

function plain(base: Colour): Pattern {
  return () => base;
}

/** Lighter below and at the muzzle. */
function shaded(base: Colour, _: number, random: Random): Pattern {
  const light = mix(base, white, random.uniform(0.3, 0.7));
  return (part, x, y) => {
    if (part === "muzzle") return light;
    if (part === "side") return mix(base, light, Math.min(1, Math.max(0, 0.2 + 0.6 * y)));
    if (part === "front") return mix(base, light, Math.max(0, 0.9 - 1.2 * Math.abs(x)));
    return base;
  };
}

/** Bands down the flanks, rings round legs and tail, lines on the forehead. */
function striped(base: Colour, seed: number, random: Random): Pattern {
  const dark = brightness(base) > 0.3 ? scaled(base, random.uniform(0.35, 0.6)) : mix(base, white, 0.35);
  const often = random.uniform(1.3, 2.4);
  const broad = random.uniform(0.35, 0.55);
  const light = random.uniform() < 0.4 ? white : mix(base, white, 0.4);
  return (part, x, y) => {
    const bent = 0.7 * noise(1.3 * x, 1.3 * y, seed);
    if (part === "muzzle" || part === "paw") return light;
    if (part === "side") return wave(often * x + bent + 0.25 * y) < broad && y < 0.75 ? dark : base;
    if (part === "front") return wave(often * y + bent) < broad && Math.abs(x) > 0.4 ? dark : base;
    if (part === "limb") return wave(1.1 * often * (y + 0.4 * x) + 0.3 * bent) < broad ? dark : base;
    if (part !== "face") return base;
    if (y < -0.3) return wave(2.2 * x + 0.25) < broad ? dark : base;
    return Math.abs(x) > 0.6 && wave(2.2 * y) < broad ? dark : base;
  };
}

function flecked(base: Colour, seed: number, random: Random): Pattern {
  const spot = other(base, random);
  const often = random.uniform(1.2, 2.4);
  const radius = random.uniform(0.2, 0.34);
  return (part, x, y) => (part !== "muzzle" && spotted(often * x, often * y, seed, radius) ? spot : base);
}

/** Large patches, of one more colour or of two. */
function patched(base: Colour, seed: number, random: Random): Pattern {
  const one = other(base, random);
  const two = random.uniform() < 0.5 ? near(pick(furs, random), random) : one;
  const often = random.uniform(0.5, 0.9);
  const share = random.uniform(0.42, 0.56);
  return (part, x, y) => {
    const shift = part === "face" ? 17.3 : part === "limb" ? 31.7 : 0;
    if (noise(often * x + shift, often * y, seed) > share) return one;
    return noise(often * x + shift, often * y, seed + 5) > 0.62 ? two : base;
  };
}

/** White below, on the chest, on the paws, and up the middle of the face. */
function bicolour(base: Colour, seed: number, random: Random): Pattern {
  const low = random.uniform(0.1, 0.7);
  const blaze = random.uniform(-0.2, 0.3);
  const socks = random.uniform() < 0.7;
  return (part, x, y) => {
    const rough = 0.4 * (noise(2 * x, 2 * y, seed) - 0.5);
    if (part === "muzzle") return white;
    if (part === "paw") return socks ? white : base;
    if (part === "side") return y + rough > low ? white : base;
    if (part === "front") return Math.abs(x) + rough < 0.75 ? white : base;
    if (part === "face") return Math.abs(x) < blaze + 0.45 * (y + 0.35) + 0.3 * rough ? white : base;
    return base;
  };
}

/** Dark ears, face, legs and tail. */
function pointed(base: Colour, _: number, random: Random): Pattern {
  const pale = mix(base, white, 0.55);
  const dark = scaled(base, random.uniform(0.3, 0.5));
  return (part, x, y) => {
    if (part === "side" || part === "front") return pale;
    if (part === "face") return mix(dark, pale, Math.min(1, Math.max(0, 1.6 * (x * x + (y - 0.25) ** 2) - 0.25)));
    return dark;
  };
}
