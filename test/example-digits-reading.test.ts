// From logits to what was read, and the mistakes among it; and how they look in a terminal.
import { expect, test } from "vitest";
import { mistakes, readings } from "../examples/digits/reading.js";
import { asciiGallery } from "../examples/digits/terminal.js";

/** Logits whose softmax is 0.6 for one digit, 0.3 for another, and the rest shared by the others. */
function logits(first: number, second: number): number[] {
  return Array.from(
    { length: 10 },
    (_, digit) => Math.log(digit === first ? 0.6 : digit === second ? 0.3 : 0.1 / 8) + 5,
  );
}

test("the digit, how sure, and the runner-up", () => {
  const read = readings([...logits(3, 8), ...logits(0, 9)]);
  expect(read.map(({ digit, next }) => [digit, next])).toEqual([
    [3, 8],
    [0, 9],
  ]);
  expect(read[0]!.confidence).toBeCloseTo(0.6);
  expect(read[0]!.nextConfidence).toBeCloseTo(0.3);
});

test("logits far from zero overflow nothing", () => {
  expect(readings([1000, -1000, 0, 0, 0, 0, 0, 0, 0, 0])).toEqual([
    { digit: 0, confidence: 1, next: 2, nextConfidence: 0 },
  ]);
});

test("mistakes come with their image, the surest first", () => {
  const x = Uint8Array.from({ length: 3 * 784 }, (_, at) => Math.floor(at / 784));
  const surest = logits(7, 1).map((logit, digit) => (digit === 7 ? logit + 2 : logit));
  const found = mistakes({ x, y: Uint8Array.of(1, 2, 3) }, readings([...logits(0, 1), ...logits(2, 1), ...surest]));
  expect(found.map(({ truth, predicted, image }) => [truth, predicted, image[0]])).toEqual([
    [3, 7, 2],
    [1, 0, 0],
  ]);
});

test("a gallery in a terminal: as many images beside each other as fit, captions above", () => {
  const image = new Uint8Array(784).fill(255, 0, 28);
  const pictures = ["one", "two", "three"].map((caption) => ({ image, caption }));
  const lines = asciiGallery(pictures, 58).split("\n");
  expect(lines).toHaveLength(30);
  expect(lines[0]).toBe(`one${" ".repeat(27)}two`);
  expect(lines[1]).toBe(`${"▀".repeat(28)}  ${"▀".repeat(28)}`);
  expect(lines[15]).toBe("three");
  expect(asciiGallery(pictures, 10).split("\n")).toHaveLength(45);
});
