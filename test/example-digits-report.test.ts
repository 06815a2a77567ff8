// The report of a training run: one page that holds everything and fetches nothing; and its shorter sister in a terminal.
import { PNG } from "pngjs";
import { expect, test } from "vitest";
import { renderReport, type ReportData } from "../examples/digits/report.js";
import { asciiDigit, confusionTable } from "../examples/digits/terminal.js";

const confusion = Array.from({ length: 10 }, (_, truth) =>
  Array.from({ length: 10 }, (_, predicted) => (truth === predicted ? 97 : truth === 4 && predicted === 9 ? 3 : 0)),
);
const ramp = Uint8Array.from({ length: 784 }, (_, at) => at % 256);
const data: ReportData = {
  title: "Digits & <friends>",
  settings: { "batch size": 64, optimiser: "AdamW" },
  epochs: [
    { epoch: 1, loss: 0.5, accuracy: 0.85, validationLoss: 0.3, validationAccuracy: 0.9 },
    { epoch: 2, loss: 0.2, accuracy: 0.95, validationLoss: 0.15, validationAccuracy: 0.96 },
  ],
  testAccuracy: 0.9701,
  seconds: 2.5,
  confusion,
  wrong: [
    { image: ramp, truth: 4, predicted: 9, confidence: 0.5 },
    { image: ramp, truth: 3, predicted: 5, confidence: 0.75 },
  ],
  firstLayer: { weights: Float32Array.from({ length: 3 * 784 }, (_, at) => (at % 784) - 392), units: 3 },
};
const page = await renderReport(data);
const missing = (page: string, ...texts: string[]) => texts.filter((text) => !page.includes(text));
const found = (page: string, pattern: RegExp) => page.replace(/data:image\/png[^"]*/g, "data:").match(pattern)?.[0];
const pictures = [...page.matchAll(/<img src="data:image\/png;base64,([^"]+)"[^>]*alt="([^"]+)"/g)];
const decode = (base64: string) => PNG.sync.read(Buffer.from(base64, "base64"));

test("the page has headline figures, curves, heat map, gallery, weights and settings", () => {
  const texts = ["97.01 %", "2.5 s", "1.3 s", "Loss", "Accuracy", "Confusion matrix", "batch size", "AdamW"];
  expect(missing(page, ...texts, "to take a 4 for a 9 (3 times)")).toEqual([]);
  expect(page.match(/<svg role="img" aria-label="[^"]+"/g)).toHaveLength(3);
  expect(pictures.map(([, , alt]) => alt)).toEqual([
    "A handwritten 3 read as 5",
    "A handwritten 4 read as 9",
    "Weights of unit 0",
    "Weights of unit 1",
    "Weights of unit 2",
  ]);
});

test("the page stands alone: no script, no link, no address", () => {
  expect(found(page, /<script|<link|<iframe|@import|https?:|\burl\(|\bsrc="(?!data:)/)).toBe(undefined);
});

test("the page follows the light and dark scheme, plots included", () => {
  expect(missing(page, "prefers-color-scheme: dark", 'stroke="var(--cool)"', 'stroke="var(--warm)"')).toEqual([]);
  expect(found(page, /NaN|undefined|(fill|stroke)="(#|rgb)/)).toBe(undefined);
});

test("text is escaped", () => {
  expect(missing(page, "<h1>Digits &amp; &lt;friends&gt;</h1>")).toEqual([]);
});

test("small pictures hold the image's and the weights' values", () => {
  const digit = decode(pictures[0][1]);
  expect([digit.width, digit.height]).toEqual([28, 28]);
  expect(ramp.every((grey, at) => digit.data[4 * at] === grey && digit.data[4 * at + 3] === 255)).toBe(true);
  const weights = decode(pictures[2][1]);
  expect([...weights.data.subarray(0, 4)]).toEqual([47, 111, 222, 255]); // the most negative: blue, opaque
  expect(weights.data[4 * 392 + 3]).toBe(0); // zero: transparent
  expect([...weights.data.subarray(4 * 783, 4 * 783 + 3)]).toEqual([226, 118, 20]); // positive: orange
});

test("without validation or mistakes the page says so and leaves the rest out", async () => {
  const epochs = [{ epoch: 1, loss: 0.1, accuracy: 1 }];
  const perfect = confusion.map((_, truth) => confusion.map((_, predicted) => (truth === predicted ? 100 : 0)));
  const page = await renderReport({ ...data, epochs, confusion: perfect, wrong: [] });
  expect(missing(page, "All 1,000 test images were read correctly.")).toEqual([]);
  expect(found(page, /validation|NaN|undefined/)).toBe(undefined);
});

test("a run that was stopped before its first epoch was done has a report too", async () => {
  const page = await renderReport({ ...data, epochs: [] });
  expect(missing(page, "stopped before the first epoch", "Trained for 0 epochs", "Confusion matrix")).toEqual([]);
  expect(found(page, /NaN|undefined|Infinity/)).toBe(undefined);
});

test("weights of the wrong shape and a ragged matrix are refused", async () => {
  await expect(renderReport({ ...data, firstLayer: { ...data.firstLayer, units: 4 } })).rejects.toThrow(
    "firstLayer: expected [units, 784] = 3136 weights for 4 units, got 2352",
  );
  await expect(renderReport({ ...data, confusion: [[1, 2]] })).rejects.toThrow(
    "confusion: expected a square matrix, got a row of 2 in a matrix of 1 rows",
  );
});

test("the confusion table in a terminal is aligned", () => {
  expect(
    confusionTable([
      [990, 10],
      [0, 0],
    ]),
  ).toBe(
    [
      "truth │   0   1 │ correct", //
      "──────┼─────────┼────────",
      "    0 │ 990  10 │  99.0 %",
      "    1 │   ·   · │       –",
    ].join("\n"),
  );
});

test("a digit in a terminal: 14 lines of 28 characters, faint ink visible", () => {
  const image = new Uint8Array(784).fill(10);
  image[0] = 90;
  image[28 + 1] = 90;
  image[2] = image[28 + 2] = 90;
  const lines = asciiDigit(image).split("\n");
  expect(lines).toHaveLength(14);
  expect(lines.every((line) => line.length === 28)).toBe(true);
  expect(lines[0].trimEnd()).toBe("▀▄█");
});
