// The command line of `npm start`: defaults, presets, and refusals in words for someone who has never seen the code.
import { expect, test } from "vitest";
import { digitsCommand, parseArguments } from "../examples/digits/arguments.js";

const parse = (line: string, environment = {}) => parseArguments(line.split(" ").filter(Boolean), environment);

/** What is written for arguments that are refused. */
function refusal(...words: string[]): string {
  let text = "";
  const command = digitsCommand()
    .exitOverride()
    .configureOutput({ writeErr: (line) => (text += line), writeOut: (line) => (text += line) });
  expect(() => parseArguments(words, {}, command)).toThrow();
  return text;
}

test("without arguments: the small network, drawn digits, out/digits", () => {
  expect(parse("")).toEqual({
    model: "small",
    hidden: [128],
    dropout: 0,
    epochs: 5,
    batch: 64,
    rate: 0.004,
    seed: 1,
    data: undefined,
    images: undefined,
    out: "out/digits",
    json: undefined,
  });
});

test("a preset brings its own defaults, and what is given overrides them", () => {
  expect(parse("--model large")).toMatchObject({ hidden: [512, 512], dropout: 0.2, epochs: 10, batch: 128 });
  const line = "--model large --epochs 2 --batch 32 --rate 1e-3 --dropout 0 --seed 7 --threads 4 --json a.json --out b";
  expect(parse(line)).toMatchObject({
    ...{ hidden: [512, 512], dropout: 0, epochs: 2, batch: 32, rate: 0.001, seed: 7 },
    ...{ threads: 4, json: "a.json", out: "b" },
  });
});

test("a model can be layer sizes", () => {
  expect(parse("--model 256-128")).toMatchObject({ model: "256-128", hidden: [256, 128], epochs: 5 });
  expect(parse("--model 32").hidden).toEqual([32]);
});

test.each([
  [
    "--epochs",
    "0",
    "the number of passes over the training images: a whole number from 1 to 10000, such as --epochs 5",
  ],
  ["--epochs", "2.5", "a whole number from 1 to 10000"],
  ["--rate", "abc", "the highest learning rate: a number above 0 and below 1000, such as --rate 0.004"],
  ["--rate", "-1", "a number above 0 and below 1000"],
  ["--batch", "0", "the number of images of one training step: a whole number from 1 to 65536"],
  ["--seed", "-3", "a whole number from 0 to 2147483647"],
  ["--threads", "two", "the number of threads: a whole number from 1 to 1024"],
  ["--dropout", "1", "a number from 0 and below 1, such as --dropout 0.2"],
  ["--images", "7", "the number of training images: a whole number from 100 to 10000000"],
  ["--model", "huge", `"small", "large", or the sizes of 1 to 8 hidden layers joined by "-", each from 1 to 4096`],
  ["--model", "128-0", "such as 256-128"],
  ["--out", "", "Expected a folder; it must not be empty"],
])("%s %s is refused with what was expected", (option, value, expected) => {
  const text = refusal(option, value);
  expect(text).toContain(`error: option '${option}`);
  expect(text).toContain(`argument '${value}' is invalid`);
  expect(text).toContain(expected);
});

test("an unknown option is refused, with the one that was meant", () => {
  expect(refusal("--epoch", "5")).toContain("Did you mean --epochs?");
});

test("words that belong to no option are refused", () => {
  expect(() => parse("mnist")).toThrow('"mnist" belongs to no option');
});

test("options that npm has kept for itself are noticed", () => {
  expect(() => parse("1", { npm_config_epochs: "true" })).toThrow(
    "npm kept --epochs for itself; put two dashes first: npm start -- --epochs",
  );
  expect(parse("", { npm_config_json: "true" }).json).toBe(undefined);
});

test("--help names every option and gives examples", () => {
  const text = refusal("--help");
  for (const name of [
    "data",
    "model",
    "epochs",
    "batch",
    "rate",
    "seed",
    "threads",
    "out",
    "json",
    "images",
    "dropout",
  ]) {
    expect(text).toContain(`--${name} <`);
  }
  expect(text).toContain("Usage: npm start -- [options]");
  expect(text).toContain("npm start -- --data mnist");
});
