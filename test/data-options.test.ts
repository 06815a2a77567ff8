// Options that are misspelt, and what is no options object, are refused by name; so is what is no { x, y }.
import { describe, expect, test } from "vitest";
import { compile, linear, sequential } from "wasmgrad";
import {
  bagOfWords,
  bucketByLength,
  fitTable,
  imagesToTensor,
  imageToPlanes,
  minMax,
  padSequences,
  paddedBatches,
  shuffleTogether,
  splitWords,
  trainTestSplit,
  vocabulary,
  windows,
} from "wasmgrad/data";
import { charTokenizer, wordTokenizer } from "wasmgrad/text";

const samples = { x: new Float32Array(4), y: new Int32Array(4) };
const pixels = { data: new Uint8Array(12), width: 2, height: 2 };
const table = { name: "a table", rows: 2, types: { age: "number" }, columns: { age: [1, 2] } };

const functions: Record<string, (options: never) => unknown> = {
  trainTestSplit: (options) => trainTestSplit(samples, options),
  shuffleTogether: (options) => shuffleTogether(samples, options),
  vocabulary: (options) => vocabulary(["a", "b"], options),
  padSequences: (options) => padSequences([[1], [2, 3]], options),
  windows: (options) => windows([1, 2, 3, 4], options),
  bucketByLength: (options) => bucketByLength([1, 2, 3], options),
  paddedBatches: (options) => paddedBatches([[1], [2]], new Int32Array(2), options),
  bagOfWords: (options) => bagOfWords([[0, 1]], 2, options),
  minMax: (options) => minMax([1, 2], 1, options),
  fitTable: (options) => fitTable(table as never, options),
  splitWords: (options) => splitWords("a b", options),
  imageToPlanes: (options) => imageToPlanes(pixels, options),
  imagesToTensor: (options) => imagesToTensor([pixels], options),
  charTokenizer: (options) => charTokenizer("abc", options),
  wordTokenizer: (options) => wordTokenizer("a b", options),
};

describe.each(Object.entries(functions))("%s", (name, call) => {
  test("refuses an option that it does not have", () => {
    expect(() => call({ colour: 1 } as never)).toThrow(`${name}: unknown option "colour"; the options are `);
  });

  test("refuses what is no options object", () => {
    for (const [given, shown] of [
      [0.2, "0.2"],
      [[1], "an array of 1"],
    ] as const) {
      expect(() => call(given as never)).toThrow(`${name}: expected an options object, got ${shown}`);
    }
  });
});

test("x and y apart are refused with how to give them", async () => {
  const missing = "expected { x, y }, got Float32Array(16 bytes)";
  expect(() => trainTestSplit(samples.x as never)).toThrow(`trainTestSplit: ${missing}`);
  expect(() => shuffleTogether(samples.x as never)).toThrow(`shuffleTogether: ${missing}`);
  const trainer = await compile(linear(1, 1));
  const apart = "expected an options object, got an object of Int32Array; x and y go into one object, { x, y }";
  await expect(trainer.fit(samples.x as never, samples.y as never)).rejects.toThrow(`fit: ${apart}`);
  await expect(trainer.evaluate(samples.x as never, samples.y as never)).rejects.toThrow(`evaluate: ${apart}`);
  trainer.dispose();
});

test("a table that is none, and layers in an array, are refused with what to give", () => {
  expect(() => fitTable([{ age: 1 }] as never)).toThrow("fitTable: expected a table, as parseCsv and loadCsv");
  expect(() => sequential(...([[linear(2, 1)]] as never[]))).toThrow("give the layers one by one");
});
