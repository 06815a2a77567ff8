// Draws digits that look written by hand, white ink on black as in MNIST: no download, no file, any number of them.
//
//   strokes of the unit square -> jitter -> elastic bend -> affine -> smooth curve -> ink -> blur, contrast, noise -> bytes
//
// Everything random comes from one seed, and no Math.sin or its kin touches a pixel (engines differ in their last bits), so
// a seed gives the same bytes on every engine. The first n images of a longer drawing are the shorter drawing.

import { Random } from "wasmgrad/data";
import { smooth } from "../support/curve.js";
import { blur, wobble } from "../support/photograph.js";
import { Canvas, PIXELS, SIDE } from "./pen.js";
import { glyphs, type Stroke } from "./strokes.js";

export interface DrawOptions {
  /** How many images; every run of ten holds each digit once, in random order. */
  count: number;
  /** Draw training and test images with different seeds. */
  seed: number;
}

export interface Digits {
  /** `[count, 28, 28]` grey levels, 0 black to 255 white. */
  images: Uint8Array;
  /** `[count]` digits 0 to 9. */
  labels: Uint8Array;
}

// How different two drawings of a digit are. Lengths are in units of the glyph's height unless they say pixels;
// without another word they are standard deviations.
const HEIGHT = 20; // pixels of an unscaled glyph, as in MNIST
const ROOM = 22; // pixels the pen's path may span and move in; what is larger is shrunk to it
const JITTER = 0.02; // of each point
const SLIP = 0.02; // of each stroke as a whole
const BEND = 0.04; // of the corners of the elastic grid
const TREMBLE = 0.014; // of the finished curve, at most twice that
const TILT = 0.08; // tan of half the rotation's standard deviation: about 9 degrees
const SLANT = 0.16; // standard deviation of the shear
const OFFSET = 0.7; // pixels, standard deviation of the centre

export function drawDigits({ count, seed }: DrawOptions): Digits {
  const random = new Random(seed);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  const canvas = new Canvas();
  const grey = new Float64Array(PIXELS);
  const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  for (let i = 0; i < count; i++) {
    if (i % 10 === 0) random.shuffle(order);
    const digit = order[i % 10];
    const variants = glyphs[digit];
    labels[i] = digit;
    write(variants[random.integer(variants.length)], canvas, grey, random);
    expose(grey, images.subarray(i * PIXELS, (i + 1) * PIXELS), random);
  }
  return { images, labels };
}

/** One glyph in a hand of its own, as ink from 0 to 1. */
function write(glyph: readonly Stroke[], canvas: Canvas, ink: Float64Array, random: Random): void {
  const bend = elastic(random);
  const toPixels = affine(random);
  const lines = glyph.map(({ points, corners }) => {
    const slipX = SLIP * random.normal();
    const slipY = SLIP * random.normal();
    const placed = new Float64Array(points.length);
    for (let at = 0; at < points.length; at += 2) {
      const x = points[at] + slipX + JITTER * random.normal();
      const y = points[at + 1] + slipY + JITTER * random.normal();
      const [bentX, bentY] = bend(x, y);
      [placed[at], placed[at + 1]] = toPixels(bentX, bentY);
    }
    return smooth(placed, corners);
  });
  const tremble = TREMBLE * HEIGHT * random.uniform(0, 2);
  for (const line of lines) for (let at = 0; at < line.length; at++) line[at] += tremble * wobble(random);
  center(lines, random);

  const width = random.uniform();
  const radius = 0.75 + 1.15 * width * (0.4 + 0.6 * width); // pixels; thin pens are more common
  const softness = random.uniform(0.5, 0.95);
  const pressure = random.uniform(0, 0.25); // how much the half width swings along a stroke
  canvas.clear();
  for (const line of lines) {
    let here = radius * (1 + pressure * random.uniform(-1, 1));
    for (let at = 0; at + 3 < line.length; at += 2) {
      const drift = here + 0.3 * pressure * radius * random.uniform(-1, 1);
      const next = clamp(drift, radius * (1 - pressure), radius * (1 + pressure));
      canvas.line(line[at], line[at + 1], here, line[at + 2], line[at + 3], next, softness);
      here = next;
    }
  }
  canvas.ink(ink, softness);
}

/** Moves the drawing's bounding box to the middle, give or take, and shrinks what would not fit. */
function center(lines: readonly number[][], random: Random): void {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const line of lines) {
    for (let at = 0; at < line.length; at++) {
      low[at & 1] = Math.min(low[at & 1], line[at]);
      high[at & 1] = Math.max(high[at & 1], line[at]);
    }
  }
  const size = Math.max(high[0] - low[0], high[1] - low[1]);
  const scale = size > ROOM ? ROOM / size : 1;
  for (const axis of [0, 1]) {
    const room = Math.max(0, (ROOM - scale * (high[axis] - low[axis])) / 2);
    const middle = SIDE / 2 + clamp(OFFSET * random.normal(), -room, room);
    for (const line of lines) {
      for (let at = axis; at < line.length; at += 2) {
        line[at] = middle + scale * (line[at] - (low[axis] + high[axis]) / 2);
      }
    }
  }
}

/** Ink to bytes: sometimes blurred, on a background that need not be black, under a light that need not be bright. */
function expose(ink: Float64Array, image: Uint8Array, random: Random): void {
  if (random.uniform() < 0.15) blur(ink, SIDE, 0);
  const white = random.uniform(0.62, 1);
  const black = random.uniform() < 0.3 ? random.uniform(0, 0.1) : 0;
  const grain = random.uniform() < 0.4 ? random.uniform(0.02, 0.14) : 0; // standard deviation about 0.4 of it
  const fade = random.uniform() < 0.3 ? random.uniform(-0.25, 0.25) : 0; // light falls off towards one side
  for (let at = 0; at < PIXELS; at++) {
    const light = 1 + fade * ((at % SIDE) / (SIDE - 1) - 0.5) * 2;
    let grey = black + (white - black) * ink[at] * light;
    if (grain > 0) grey += grain * wobble(random);
    image[at] = Math.floor(clamp(grey, 0, 1) * 255 + 0.5);
  }
}

type Map2D = (x: number, y: number) => [number, number];

/** A smooth random displacement: a 3 x 3 grid over the unit square, blended with smoothstep weights. */
function elastic(random: Random): Map2D {
  const amount = BEND * random.uniform(0.3, 1.5);
  const dx = Array.from({ length: 9 }, () => amount * random.normal());
  const dy = Array.from({ length: 9 }, () => amount * random.normal());
  return (x, y) => {
    const cellX = clamp(2 * x, 0, 1.999);
    const cellY = clamp(2 * y, 0, 1.999);
    const at = Math.floor(cellX) + 3 * Math.floor(cellY);
    const tx = smoothstep(cellX - Math.floor(cellX));
    const ty = smoothstep(cellY - Math.floor(cellY));
    const blend = (grid: number[]) =>
      (1 - ty) * ((1 - tx) * grid[at] + tx * grid[at + 1]) + ty * ((1 - tx) * grid[at + 3] + tx * grid[at + 4]);
    return [x + blend(dx), y + blend(dy)];
  };
}

/** Stretch, slant, then rotate about the middle; from the unit square to pixels. */
function affine(random: Random): Map2D {
  const half = clamp(TILT * random.normal(), -0.2, 0.2);
  const cosine = (1 - half * half) / (1 + half * half); // of 2·atan(half), without a transcendental
  const sine = (2 * half) / (1 + half * half);
  const shear = clamp(SLANT * random.normal(), -0.4, 0.4);
  const scaleX = HEIGHT * random.uniform(0.8, 1.2);
  const scaleY = HEIGHT * random.uniform(0.85, 1.08);
  return (x, y) => {
    const down = scaleY * (y - 0.5);
    const across = scaleX * (x - 0.5) - shear * down;
    return [cosine * across - sine * down, sine * across + cosine * down];
  };
}

const clamp = (x: number, low: number, high: number) => (x < low ? low : x > high ? high : x);
const smoothstep = (t: number) => t * t * (3 - 2 * t);
