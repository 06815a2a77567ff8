// The example "is it a cat?": its drawings, and `npm run example cat` as its users run it, on few pictures: what is said,
// the files, the JSON, and what is refused.

import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ask } from "../examples/cat/answers.js";
import { parseArguments } from "../examples/cat/arguments.js";
import { AREA, Canvas } from "../examples/cat/canvas.js";
import { drawPictures, PIXELS, SIDE } from "../examples/cat/draw.js";
import { ellipse, polygon } from "../examples/cat/path.js";
import { loadCheckpoint } from "../src/index.js";
import { runExampleApart, type Outcome } from "./support/example-process.js";

describe("the drawings", () => {
  const COUNT = 400;
  const { images, labels, kinds, poses } = drawPictures({ count: COUNT, seed: 1 });
  const each = Array.from({ length: COUNT }, (_, at) => at);
  const image = (at: number, from = images) => from.subarray(at * PIXELS, (at + 1) * PIXELS);
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

  test("a seed fixes every byte, on every engine", () => {
    const digest = createHash("sha256").update(images).update(labels).digest("hex");
    expect(digest.slice(0, 16)).toBe("70c47b5b468a75a2");
  });

  test("a shorter drawing is the beginning of a longer one", () => {
    const few = drawPictures({ count: 21, seed: 1 });
    expect(Buffer.compare(few.images, images.subarray(0, 21 * PIXELS))).toBe(0);
    expect(few.labels).toEqual(labels.slice(0, 21));
    expect(few.kinds).toEqual(kinds.slice(0, 21));
    expect(few.poses).toEqual(poses.slice(0, 21));
  });

  test("another seed draws other pictures", () => {
    const known = new Set(each.map((at) => Buffer.from(image(at)).toString("base64")));
    expect(known.size).toBe(COUNT);
    const other = drawPictures({ count: 50, seed: 2 });
    for (let at = 0; at < 50; at++) {
      expect(known.has(Buffer.from(image(at, other.images)).toString("base64"))).toBe(false);
    }
  });

  test("of every two pictures one is a cat, sometimes the first and sometimes the second", () => {
    const firsts = each.filter((at) => at % 2 === 0).map((at) => labels[at]! + labels[at + 1]!);
    expect(new Set(firsts)).toEqual(new Set([1]));
    const first = mean(each.filter((at) => at % 2 === 0).map((at) => labels[at]!));
    expect(first).toBeGreaterThan(0.4);
    expect(first).toBeLessThan(0.6);
    expect(kinds.map((kind) => (kind === "cat" ? 1 : 0))).toEqual([...labels]);
  });

  test("everything is drawn that may be: animals, birds, fish, things, nothing, and cats in all poses", () => {
    const animals = ["dog", "shepherd dog", "fox", "rabbit", "mouse", "bear", "horse", "bird", "fish"];
    expect(new Set(kinds)).toEqual(new Set(["cat", ...animals, "thing", "nothing"]));
    const ofCats = poses.filter((_, at) => labels[at] === 1);
    expect(new Set(ofCats)).toEqual(new Set(["face", "standing", "sitting", "facing", "lying", "curled", "behind"]));
  });

  test("values use the range from 0 to 255, and nearly every picture much of it", () => {
    const seen = new Set(images);
    expect(seen.size).toBe(256);
    expect(mean(images)).toBeGreaterThan(90);
    expect(mean(images)).toBeLessThan(165);
    const wide = each.filter((at) => {
      const ordered = image(at).slice().sort();
      return ordered[Math.floor(0.98 * PIXELS)]! - ordered[Math.floor(0.02 * PIXELS)]! > 80;
    });
    expect(wide.length).toBeGreaterThan(0.9 * COUNT);
  });

  test("neither brightness nor colour tells a cat", () => {
    const planeMeans = (cat: number) =>
      [0, 1, 2].map((plane) =>
        mean(
          each
            .filter((at) => labels[at] === cat)
            .map((at) => mean(image(at).subarray(plane * AREA, (plane + 1) * AREA))),
        ),
      );
    const others = planeMeans(0);
    planeMeans(1).forEach((value, plane) => expect(Math.abs(value - others[plane]!)).toBeLessThan(15));
  });

  test("a shape covers as many pixels as its area says, also where it covers them in part or twice", () => {
    const covered = (...paths: ReturnType<typeof ellipse>[]) => {
      const canvas = new Canvas();
      canvas.fill(paths.flat(), () => [1, 0.5, 0]);
      const [red, green, blue] = [0, 1, 2].map((plane) =>
        canvas.planes.subarray(plane * AREA, (plane + 1) * AREA).reduce((sum, value) => sum + value, 0),
      );
      expect(green).toBeCloseTo(red! / 2, 3);
      expect(blue).toBe(0);
      return red!;
    };
    expect(covered(polygon(10.25, 5.5, 20.5, 5.5, 20.5, 30.75, 10.25, 30.75))).toBeCloseTo(10.25 * 25.25, 1);
    expect(covered(polygon(3, 60, 33, 60, 18, 8))).toBeCloseTo((30 * 52) / 2, 1);
    expect(covered(polygon(-40, 10, 200, 10, 200, 20, -40, 20))).toBeCloseTo(SIDE * 10, 1);
    const disc = ellipse(32, 32, 10.3);
    const area = covered(disc);
    expect(area / (Math.PI * 10.3 ** 2)).toBeGreaterThan(0.97); // it has straight pieces
    expect(area / (Math.PI * 10.3 ** 2)).toBeLessThan(1);
    expect(covered(disc, disc) / area).toBeGreaterThan(1); // the rim alone is denser
    expect(covered(disc, disc) / area).toBeLessThan(1.05);
  });
});

describe("npm run example cat", () => {
  const run = (...words: string[]) => runExampleApart("cat", ...words);
  let folder: string;
  let first: Outcome;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cat-"));
    const files = ["--out", join(folder, "out"), "--json", join(folder, "run.json")];
    first = await run("--pictures", "300", "--epochs", "1", "--batch", "16", "--seed", "3", ...files);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const json = async () => JSON.parse(await readFile(join(folder, "run.json"), "utf8"));

  test("says what it does", () => {
    expect(first).toMatchObject({ code: 0, err: "" });
    for (const text of [
      "Drawing 300 pictures to learn from and 50 for the test …",
      `The first of them: ${join(folder, "out", "drawings.png")}`,
      "114,735 parameters",
      "Training on 300 pictures: 1 epoch, batches of 16, seed 3.",
      join(folder, "out", "report.html"),
      join(folder, "out", "model.safetensors"),
    ]) {
      expect(first.out).toContain(text);
    }
    expect(first.out).toMatch(/^epoch 1\/1 {2}loss \d\.\d{4} {2}accuracy .*images\/s/m);
    expect(first.out).toMatch(/^Of 50 pictures drawn from another seed it tells \d+\.00 % correctly/m);
    expect(first.out).toMatch(/^A weight for each pixel tells \d+\.00 % of them correctly/m);
    expect(first.out).toMatch(/^A vote of the five most similar pictures tells \d+\.00 % of them correctly/m);
  });

  test("--json: settings, epochs, accuracies, seconds, files", async () => {
    const { settings, epochs, stopped, seconds, testAccuracy, wrong, others, files } = await json();
    expect(settings).toMatchObject({ pictures: 300, testPictures: 50, epochs: 1, batch: 16, seed: 3, compare: true });
    expect(epochs).toMatchObject([{ epoch: 1, samples: 300 }]);
    expect(stopped).toBe(false);
    expect(seconds).toBeGreaterThan(0);
    expect(testAccuracy).toBeCloseTo(1 - wrong / 50);
    expect(first.out).toContain(`it tells ${(100 * testAccuracy).toFixed(2)} % correctly`);
    expect(Object.keys(others)).toEqual(["A weight for each pixel", "A vote of the five most similar pictures"]);
    const names = ["model.safetensors", "report.html", "drawings.png"].map((name) => join(folder, "out", name));
    expect(Object.values(files)).toEqual(names);
    expect((await readdir(join(folder, "out"))).sort()).toEqual(["drawings.png", "model.safetensors", "report.html"]);
  });

  test("the sheet shows the first drawings, with a frame of another colour around cats", async () => {
    const { images, labels } = drawPictures({ count: 96, seed: 6 });
    const sheet = PNG.sync.read(await readFile(join(folder, "out", "drawings.png")));
    const cell = 2 * SIDE + 8;
    expect([sheet.width, sheet.height]).toEqual([12 * cell, 8 * cell]);
    const pixel = (x: number, y: number) => [...sheet.data.subarray(4 * (y * sheet.width + x)).subarray(0, 3)];
    for (let at = 0; at < 96; at++) {
      const [left, top] = [(at % 12) * cell, Math.floor(at / 12) * cell];
      expect(pixel(left + 2, top + 2)).toEqual(labels[at] === 1 ? [224, 120, 32] : [150, 160, 170]);
      const from = at * PIXELS + 20 * SIDE + 30;
      expect(pixel(left + 4 + 60, top + 4 + 40)).toEqual([0, 1, 2].map((plane) => images[from + plane * AREA]));
    }
  });

  test("the page shows what was answered rightly and wrongly, and stands alone", async () => {
    const { wrong } = await json();
    const page = await readFile(join(folder, "out", "report.html"), "utf8");
    expect(page).toContain(`<dt>wrong answers</dt><dd>${wrong}</dd>`);
    const shown = page.match(/alt="A drawing: [a-z ]+"/g)!.length;
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThanOrEqual(50);
    const [, table] = page.split(/<h2>(?:By what was drawn|Settings)/);
    const counts = [...table!.matchAll(/<th scope="row">[a-z ]+<\/th><td>(\d+)<\/td>/g)].map(([, count]) =>
      Number(count),
    );
    expect(counts.length).toBeGreaterThan(5);
    expect(counts.reduce((sum, count) => sum + count)).toBe(50);
    const words = page.replace(/base64,[^"]+/g, ""); // any word may stand by chance in a picture
    expect(words).not.toMatch(/NaN|undefined|<script|<link|https?:/);
  });

  test("the saved model gives the same answers in another process", async () => {
    using trainer = await loadCheckpoint(await readFile(join(folder, "out", "model.safetensors")));
    const { accuracy } = await ask(trainer, drawPictures({ count: 50, seed: 7 }));
    expect(accuracy).toBe((await json()).testAccuracy);
  });

  test("the defaults, and what takes their place", () => {
    const usual = { pictures: 12_000, epochs: 8, batch: 32, rate: 0.003, seed: 1, compare: true, out: "out/cat" };
    expect(parseArguments([])).toEqual(usual);
    expect(parseArguments(["--no-compare", "--threads", "1"])).toMatchObject({ compare: false, threads: 1 });
  });

  test("options that npm has kept for itself are missed, a word that belongs to no option is refused", () => {
    vi.stubEnv("npm_config_compare", "");
    expect(() => parseArguments([])).toThrow("npm kept --no-compare for itself; put two dashes first");
    vi.unstubAllEnvs();
    expect(() => parseArguments(["dogs"])).toThrow('"dogs" belongs to no option');
  });

  test("--help names the options; a bad value or folder is refused with what was expected", async () => {
    await writeFile(join(folder, "file"), "");
    const [help, few, epochs, out] = await Promise.all([
      run("--help"),
      run("--pictures", "9"),
      run("--epochs", "0"),
      run("--out", join(folder, "file")),
    ]);
    for (const name of ["pictures", "epochs", "batch", "rate", "seed", "threads", "out", "json"]) {
      expect(help.out).toContain(`--${name} <`);
    }
    expect(help.out).toContain("--no-compare");
    expect(few).toMatchObject({ code: 1, err: expect.stringContaining("a whole number from 10 to 100000") });
    expect(epochs).toMatchObject({ code: 1, err: expect.stringContaining("a whole number from 1 to 10000") });
    expect(out).toMatchObject({ code: 1, err: expect.stringContaining("cannot be written to"), out: "" });
    expect(out.err).not.toContain("    at ");
  });
});
