// The whole of `npm start` as its users run it, on few images: what is said, the files, the JSON, and reading digits
// with the saved model in another process.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawDigits } from "../examples/digits/draw.js";
import { encodeIdx } from "../src/data/index.js";
import { root, runScript, type Outcome } from "./support/example-process.js";

/** Runs one of the example's programs to its end. */
const run = (program: string, ...words: string[]) => runScript(`examples/digits/${program}.ts`, ...words);

let folder: string;
let first: Outcome;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "digits-"));
  const words = ["--images", "1000", "--epochs", "2", "--model", "32", "--threads", "2", "--batch", "32"];
  first = await run("main", ...words, "--out", join(folder, "out"), "--json", join(folder, "run.json"));
});
afterAll(() => rm(folder, { recursive: true }));

test("says what it does, and ends well", () => {
  expect(first).toMatchObject({ code: 0, err: "" });
  for (const text of [
    "Drawing 1,000 digits to learn from and 167 to be tested on …",
    "Network 784-32-10: 25,450 parameters",
    "Training on 950 images (50 more to watch it by): 2 epochs, batches of 32, rate 0.004",
    "Testing on 167 images that it has never seen.",
    "truth │   0   1   2",
    "Misread: ",
    "% of 167 test images",
    join(folder, "out", "model.safetensors"),
    join(folder, "out", "report.html"),
    "npx tsx examples/digits/predict.ts",
  ]) {
    expect(first.out).toContain(text);
  }
  expect(first.out.match(/^epoch [12]\/2 {2}loss \d\.\d{4} {2}accuracy .*images\/s/gm)).toHaveLength(2);
});

test("--json: settings, the loss of every epoch, test accuracy, seconds", async () => {
  const json = JSON.parse(await readFile(join(folder, "run.json"), "utf8"));
  expect(json.settings).toMatchObject({
    ...{ model: "32", layers: [784, 32, 10], dropout: 0, epochs: 2, batch: 32, rate: 0.004, seed: 1, threads: 2 },
    ...{ data: "drawn", trainingImages: 950, validationImages: 50, testImages: 167 },
  });
  expect(json.epochs.map(({ epoch }: { epoch: number }) => epoch)).toEqual([1, 2]);
  for (const name of ["loss", "accuracy", "validationLoss", "validationAccuracy", "seconds", "rate"]) {
    for (const epoch of json.epochs) expect(epoch[name]).toEqual(expect.any(Number));
  }
  expect(json.epochs[1].loss).toBeLessThan(json.epochs[0].loss);
  expect(json.stopped).toBe(false);
  expect(json.testAccuracy).toBeGreaterThan(0.5);
  expect(json.testAccuracy).toBeCloseTo(1 - json.misread / 167);
  expect(json.confusion.flat().reduce((sum: number, count: number) => sum + count)).toBe(167);
  expect(json.seconds).toBeGreaterThan(0);
  expect(first.out).toContain(`${(100 * json.testAccuracy).toFixed(2)} % of 167`);
});

test("the report holds the figures, and no temporary file stays behind", async () => {
  expect((await readdir(join(folder, "out"))).sort()).toEqual(["model.safetensors", "report.html"]);
  const page = await readFile(join(folder, "out", "report.html"), "utf8");
  const json = JSON.parse(await readFile(join(folder, "run.json"), "utf8"));
  expect(page).toContain("<h1>Digits: 784-32-10</h1>");
  expect(page).toContain(`${(100 * json.testAccuracy).toFixed(2)} %`);
  expect(page.match(/alt="Weights of unit/g)).toHaveLength(32);
  expect(page).not.toMatch(/NaN|undefined/);
});

test("the saved model reads newly drawn digits in another process", async () => {
  const { code, out, err } = await run("predict", "--model", join(folder, "out/model.safetensors"), "--count", "40");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const right = Number(out.match(/(\d+) of 40 images read correctly/)![1]);
  expect(right).toBeGreaterThan(20);
});

test("the saved model reads an IDX file, and the same seed gives the same losses on it", async () => {
  const { images, labels } = drawDigits({ count: 400, seed: 5 });
  const files = {
    "train-images-idx3-ubyte": encodeIdx({ shape: [400, 28, 28], data: images }),
    "train-labels-idx1-ubyte": encodeIdx({ shape: [400], data: labels }),
    "t10k-images-idx3-ubyte": encodeIdx({ shape: [20, 28, 28], data: images.subarray(0, 20 * 784) }),
    "t10k-labels-idx1-ubyte": encodeIdx({ shape: [20], data: labels.subarray(0, 20) }),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);

  const model = ["--model", join(folder, "out/model.safetensors")];
  const known = await run(
    "predict",
    join(folder, "t10k-images-idx3-ubyte"),
    "--labels",
    join(folder, "t10k-labels-idx1-ubyte"),
    ...model,
  );
  expect(known.out).toMatch(/\d+ of 20 images read correctly/);
  const unknown = await run("predict", join(folder, "t10k-images-idx3-ubyte"), ...model, "--count", "2");
  expect(unknown).toMatchObject({ code: 0, out: expect.stringContaining("20 images read.") });

  const losses = await Promise.all(
    ["a", "b"].map(async (name) => {
      const words = ["--data", folder, "--epochs", "1", "--model", "16", "--out", join(folder, name)];
      const { code, out } = await run("main", ...words, "--json", join(folder, name, "run.json"));
      expect(code).toBe(0);
      expect(out).toContain(`Reading the images in ${folder} …`);
      return JSON.parse(await readFile(join(folder, name, "run.json"), "utf8")).epochs[0].loss;
    }),
  );
  expect(losses[0]).toBe(losses[1]);
});

test("Ctrl-C ends the training in an orderly way: tested, saved, and said", async () => {
  const words = ["examples/digits/main.ts", "--images", "500", "--epochs", "10000", "--out", join(folder, "stopped")];
  const child = spawn(process.execPath, ["--import", "tsx", ...words, "--json", join(folder, "stopped.json")], {
    cwd: root,
  });
  let out = "";
  child.stdout.on("data", (bytes: Buffer) => {
    const before = out;
    out += bytes;
    if (out.includes("epoch 3/") && !before.includes("epoch 3/")) child.kill("SIGINT");
  });
  const code = await new Promise((resolve) => child.on("exit", resolve));
  expect(code).toBe(0);
  expect(out).toContain("Stopped. What was learned so far is tested and saved.");
  expect(out).toContain("stopped early");
  const json = JSON.parse(await readFile(join(folder, "stopped.json"), "utf8"));
  expect(json.stopped).toBe(true);
  expect(json.epochs.length).toBeGreaterThanOrEqual(3);
  expect((await readdir(join(folder, "stopped"))).sort()).toEqual(["model.safetensors", "report.html"]);
});

test.each([
  [["--epochs", "0"], "error: option '--epochs <count>' argument '0' is invalid. Expected the number of passes"],
  [
    ["--data", "/nowhere/mnist"],
    "error: --data /nowhere/mnist: there is no such folder. It should hold these four files",
  ],
  [["--out", "/dev/null/out"], "error: --out: the folder /dev/null/out cannot be written to"],
])("%j fails at once, without a stack trace", async (words, message) => {
  const { code, err } = await run("main", ...words, "--images", "100");
  expect(code).toBe(1);
  expect(err).toContain(message);
  expect(err).not.toContain("    at ");
});

test("a learning rate so high that the loss overflows ends with a lower one to try", async () => {
  const words = ["--images", "500", "--rate", "900", "--model", "64-64-64-64-64-64-64-64", "--epochs", "50"];
  const { code, err } = await run("main", ...words, "--out", join(folder, "high"));
  expect(code).toBe(1);
  expect(err).toMatch(/^error: training stopped at step \d+/);
  expect(err).toContain("--rate 90");
  expect(err).not.toContain("    at ");
  expect(await readdir(join(folder, "high"))).toEqual([]);
});

test("reading without a model, or with something that is none, says what to do", async () => {
  expect(await run("predict", "--model", join(folder, "none.safetensors"))).toMatchObject({
    code: 1,
    err: expect.stringContaining("`npm start` trains one and saves it there"),
  });
  expect(await run("predict", "--model", join(folder, "run.json"))).toMatchObject({
    code: 1,
    err: expect.stringContaining("is no model that `npm start` has saved"),
  });
});
