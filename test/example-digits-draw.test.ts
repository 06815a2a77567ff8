// The drawn digits: the same for a seed, balanced, and with the ink of handwriting.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { drawDigits } from "../examples/digits/draw.js";
import { glyphs } from "../examples/digits/strokes.js";

const PIXELS = 28 * 28;
const { images, labels } = drawDigits({ count: 2000, seed: 1 });
const image = (i: number) => images.subarray(i * PIXELS, (i + 1) * PIXELS);
const each = Array.from({ length: 2000 }, (_, i) => i);
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

test("a seed fixes every byte, on every engine", () => {
  expect(createHash("sha256").update(images).update(labels).digest("hex").slice(0, 16)).toBe("8bc629ebe97460f8");
});

test("a shorter drawing is the beginning of a longer one", () => {
  const few = drawDigits({ count: 25, seed: 1 });
  expect(few.images).toEqual(images.slice(0, 25 * PIXELS));
  expect(few.labels).toEqual(labels.slice(0, 25));
});

test("another seed draws other pictures", () => {
  const other = drawDigits({ count: 200, seed: 2 });
  const known = new Set(each.map((i) => Buffer.from(image(i)).toString("base64")));
  for (let i = 0; i < 200; i++) {
    const bytes = other.images.subarray(i * PIXELS, (i + 1) * PIXELS);
    expect(known.has(Buffer.from(bytes).toString("base64"))).toBe(false);
  }
});

test("every run of ten holds each digit once, in varying order", () => {
  const runs = each.filter((i) => i % 10 === 0).map((i) => [...labels.subarray(i, i + 10)]);
  for (const run of runs) expect([...run].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(runs.map(String)).size).toBeGreaterThan(190);
});

test("white ink on a dark page, about as much of it as in MNIST", () => {
  expect(mean(images) / 255).toBeGreaterThan(0.07);
  expect(mean(images) / 255).toBeLessThan(0.2); // MNIST: 0.13
  for (const i of each) {
    const ordered = [...image(i)].sort((a, b) => a - b);
    expect(ordered[PIXELS - 5]).toBeGreaterThan(75); // some pixels are clearly inked
    expect(ordered[PIXELS / 2]).toBeLessThan(50); // most are not
  }
});

test("the ink is near the middle and leaves the rim alone", () => {
  for (const i of each) {
    const bytes = image(i);
    const threshold = Math.max(...bytes) / 2;
    const inked = [...bytes.keys()].filter((at) => bytes[at] > threshold);
    expect(Math.abs(mean(inked.map((at) => at % 28)) - 13.5)).toBeLessThan(6);
    expect(Math.abs(mean(inked.map((at) => Math.floor(at / 28))) - 13.5)).toBeLessThan(6);
    expect(inked.filter((at) => at % 28 === 0 || at % 28 === 27 || at < 28 || at >= PIXELS - 28)).toEqual([]);
  }
});

test("labels fit pictures: the nearest average of a class is right far more often than chance, but not always", () => {
  const averages = Array.from({ length: 10 }, () => new Float64Array(PIXELS));
  for (const i of each.slice(0, 1500)) image(i).forEach((grey, at) => (averages[labels[i]][at] += grey / 150));
  const right = each.slice(1500).filter((i) => {
    const distances = averages.map((average) => average.reduce((sum, grey, at) => sum + (grey - image(i)[at]) ** 2, 0));
    return distances.indexOf(Math.min(...distances)) === labels[i];
  });
  expect(right.length / 500).toBeGreaterThan(0.6);
  expect(right.length / 500).toBeLessThan(0.95);
});

test("every digit has at least four ways of writing it, inside the unit square", () => {
  expect(glyphs.length).toBe(10);
  for (const stroke of glyphs.flat(2)) {
    expect(stroke.points.length).toBe(2 * stroke.corners.length);
    for (const coordinate of stroke.points) expect(coordinate >= 0 && coordinate <= 1.05).toBe(true);
  }
  for (const variants of glyphs) expect(variants.length).toBeGreaterThanOrEqual(4);
});
