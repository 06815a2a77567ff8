// `npm run example cnn` as its users run it, on few images: what is said, the files, the JSON, and what is refused.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawDigits } from "../examples/digits/draw.js";
import { encodeIdx } from "../src/data/index.js";
import { loadCheckpoint } from "../src/index.js";
import { runExampleApart, type Outcome } from "./support/example-process.js";

const run = (...words: string[]) => runExampleApart("cnn", ...words);

let folder: string;
let first: Outcome;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cnn-"));
  first = await run(
    "--images",
    "1500",
    "--epochs",
    "2",
    "--out",
    join(folder, "out"),
    "--json",
    join(folder, "run.json"),
  );
});
afterAll(() => rm(folder, { recursive: true }));

test("says what it does, and reads most digits after a short training", async () => {
  expect(first).toMatchObject({ code: 0, err: "" });
  for (const text of [
    "Drawing 1,500 digits",
    "207,324 parameters",
    "Training on 1,425 images (75 more to watch it by): 2 epochs, batches of 64, seed 1.",
    "truth │   0   1   2",
    join(folder, "out", "report.html"),
  ]) {
    expect(first.out).toContain(text);
  }
  expect(first.out.match(/^epoch [12]\/2 {2}loss \d\.\d{4} {2}accuracy .*images\/s/gm)).toHaveLength(2);
  const [, all, right, wrong] = /Of (\d+) digits .* reads ([\d.]+) % correctly \((\d+) misread\)/.exec(first.out)!;
  expect(Number(right)).toBeGreaterThan(80);
  expect(Number(right)).toBeCloseTo(100 - (100 * Number(wrong)) / Number(all), 1);
});

test("--json: settings, epochs, accuracy, seconds", async () => {
  const json = JSON.parse(await readFile(join(folder, "run.json"), "utf8"));
  expect(json.settings).toMatchObject({ data: "drawn", epochs: 2, batch: 64, seed: 1, trainingImages: 1425 });
  expect(json.epochs[1].loss).toBeLessThan(json.epochs[0].loss);
  expect(json.testAccuracy).toBeCloseTo(1 - json.misread / json.settings.testImages);
  expect(first.out).toContain(`${(100 * json.testAccuracy).toFixed(2)} % correctly`);
  expect(json.seconds).toBeGreaterThan(0);
});

test("the page shows filters and every stage's pictures, and stands alone", async () => {
  expect((await readdir(join(folder, "out"))).sort()).toEqual(["model.safetensors", "report.html"]);
  const page = await readFile(join(folder, "out", "report.html"), "utf8");
  expect(page.match(/alt="Filter \d+"/g)).toHaveLength(16);
  for (const [stage, pictures] of [16, 16, 32, 32].entries()) {
    expect(page.match(new RegExp(`alt="Stage ${stage + 1}, picture`, "g"))).toHaveLength(pictures);
  }
  const shares = [...page.matchAll(/<meter value="([\d.]+)">/g)].map(([, share]) => Number(share));
  expect(shares).toHaveLength(10);
  expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 2);
  expect(page).not.toMatch(/NaN|undefined|<script|<link|https?:/);
});

test("the saved model reads other digits in another process", async () => {
  using trainer = await loadCheckpoint(await readFile(join(folder, "out", "model.safetensors")));
  const { images, labels } = drawDigits({ count: 300, seed: 77 });
  const { accuracy } = await trainer.evaluate({ x: images, y: labels });
  expect(accuracy).toBeGreaterThan(0.8);
});

test("reads IDX files, and refuses what is no folder of them", async () => {
  const { images, labels } = drawDigits({ count: 300, seed: 5 });
  const files = {
    "train-images-idx3-ubyte": encodeIdx({ shape: [300, 28, 28], data: images }),
    "train-labels-idx1-ubyte": encodeIdx({ shape: [300], data: labels }),
    "t10k-images-idx3-ubyte": encodeIdx({ shape: [100, 28, 28], data: images.subarray(0, 100 * 784) }),
    "t10k-labels-idx1-ubyte": encodeIdx({ shape: [100], data: labels.subarray(0, 100) }),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  const [whole, none] = await Promise.all([
    run("--data", folder, "--epochs", "1", "--out", join(folder, "idx")),
    run("--data", "/nowhere/mnist", "--out", join(folder, "none")),
  ]);
  expect(whole).toMatchObject({ code: 0, out: expect.stringContaining("Of 100 digits that it never saw") });
  expect(none).toMatchObject({
    code: 1,
    err: expect.stringContaining("there is no such folder. It should hold these"),
  });
  expect(none.err).not.toContain("    at ");
});

test("--help names the options, a bad value is refused with what was expected", async () => {
  const [help, bad] = await Promise.all([run("--help"), run("--epochs", "0")]);
  for (const name of ["data", "images", "epochs", "seed", "threads", "out", "json"]) {
    expect(help.out).toContain(`--${name} <`);
  }
  expect(bad).toMatchObject({ code: 1, err: expect.stringContaining("a whole number from 1 to 10000") });
});
