// `npm run example gpt` as its users run it, on a model so small that nothing is learnt: what is said and written, and
// that a training which was stopped comes to the same result.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drawWindows } from "../examples/gpt/windows.js";
import { root, runExampleApart, type Outcome } from "./support/example-process.js";

const run = (...words: string[]) => runExampleApart("gpt", ...words);

let folder: string;
let text: string;
let whole: Outcome;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gpt-"));
  text = join(folder, "text.txt");
  await writeFile(text, "Sphinx of black quartz, judge my vow! äß→ ".repeat(40));
  whole = await run("--text", text, "--preset", "tiny", "--out", join(folder, "whole"), "--sample", "60");
});
afterAll(() => rm(folder, { recursive: true }));

const files = ["loss.svg", "model.safetensors", "run.json"];
const fileOf = (out: string, name: string) => readFile(join(folder, out, name));

test("says what it does, writes its files, and then new text of the same characters", async () => {
  expect(whole).toMatchObject({ code: 0, err: "" });
  for (const words of [
    "1,680 characters.",
    "1,512 ids to learn from, 168 to be judged by",
    "GPT of 1 layers, 2 heads, 16 wide, context 16:",
    "20 steps of 4 windows, seed 1337.",
    `Saved in ${join(folder, "whole")}: model.safetensors, run.json, loss.svg.`,
  ])
    expect(whole.out).toContain(words);
  expect(whole.out.match(/^step \d+\/20 {2}training loss \d\.\d{4} {2}validation loss \d\.\d{4}/gm)).toHaveLength(5);
  const written = whole.out.split(/: loss \d\.\d{4}\.\n\n/)[1]!;
  expect(Array.from(written)).toHaveLength(62); // the text's first character, 60 more, and a line break
  expect(written).toMatch(/^S[Sphinx of black quartz, judge my vow! äß→]*\n$/);
  expect((await readdir(join(folder, "whole"))).sort()).toEqual(files);
  expect(String(await fileOf("whole", "loss.svg"))).toMatch(/^<svg[^]*text held back[^]*<\/svg>$/);
});

test("stopped half-way and resumed: the same model, losses and text, to the bit", async () => {
  const out = ["--out", join(folder, "parts")];
  const first = await run("--text", text, "--preset", "tiny", ...out, "--stop-after", "7");
  expect(first.out).toContain("Stopped after step 7 of 20. To go on: npm run example gpt -- --resume");
  const second = await run("--resume", "--stop-after", "15", ...out);
  expect(second.out).toContain("Going on after step 7.");
  const last = await run("--resume", "--sample", "60", ...out);
  expect(last.code).toBe(0);
  for (const name of files) expect(await fileOf("parts", name)).toEqual(await fileOf("whole", name));
  expect(last.out.split("loss.svg.\n")[1]).toBe(whole.out.split("loss.svg.\n")[1]);
});

test("Ctrl-C stops it after the step under way, and it can go on", async () => {
  const words = ["--text", text, "--preset", "tiny", "--steps", "100000", "--out", join(folder, "stopped")];
  const child = spawn(process.execPath, ["--import", "tsx", "examples/run.ts", "gpt", ...words], { cwd: root });
  let out = "";
  child.stdout.on("data", (bytes: Buffer) => {
    const before = out;
    out += bytes;
    if (out.includes("step 10/") && !before.includes("step 10/")) child.kill("SIGINT");
  });
  expect(await new Promise((resolve) => child.on("exit", resolve))).toBe(0);
  const step = Number(/Stopped after step ([\d,]+) of 100,000/.exec(out)![1]!.replaceAll(",", ""));
  const { losses } = JSON.parse(String(await fileOf("stopped", "run.json")));
  expect(losses).toHaveLength(step);
  const again = await run("--resume", "--out", join(folder, "stopped"), "--stop-after", String(step + 3));
  expect(again.out).toContain(`Stopped after step ${(step + 3).toLocaleString("en-US")}`);
});

test("more text from a trained model, by another prompt and seed", async () => {
  const words = ["--resume", "--out", join(folder, "whole"), "--prompt", "black", "--sample", "12"];
  const { out } = await run(...words, "--sample-seed", "2", "--temperature", "1.5", "--top-k", "5");
  expect(out).toMatch(/\n\nblack.{12}\n$/su);
  expect(await run(...words, "--prompt", "Zebra")).toMatchObject({
    code: 1,
    err: expect.stringContaining("error: --prompt: the model knows only the characters of its text"),
  });
});

test("without --text it learns the project's own documentation", async () => {
  const { code, out } = await run("--preset", "tiny", "--steps", "2", "--out", join(folder, "own"), "--sample", "5");
  expect(code).toBe(0);
  const characters = Number(/comments of its sources, ([\d,]+) characters/.exec(out)![1]!.replaceAll(",", ""));
  expect(characters).toBeGreaterThan(100_000);
});

test("windows lie within the text, y is one ahead of x, and each step and purpose has its own", () => {
  const ids = Int32Array.from({ length: 30 }, (_, i) => i);
  const draw = (step: number, purpose: "training" | "evaluation" = "training", seed = 1) =>
    drawWindows(ids, { count: 200, context: 8, seed, purpose, step });
  const { x, y } = draw(0);
  x.forEach((id, i) => {
    expect(y[i]).toBe(id + 1);
    if (i % 8 > 0) expect(id).toBe(x[i - 1]! + 1);
  });
  expect(Math.min(...x)).toBe(0);
  expect(Math.max(...y)).toBe(29);
  expect(draw(0)).toEqual({ x, y });
  for (const other of [draw(1), draw(0, "evaluation"), draw(0, "training", 2)]) expect(other.x).not.toEqual(x);
});

test.each<[string[], string]>([
  [["--text", "/nowhere.txt"], "error: --text /nowhere.txt cannot be read"],
  [["--preset", "huge"], "Expected one of quick, nanogpt-cpu, tiny."],
  [["--out", "/dev/null/x"], "error: --out: the folder /dev/null/x cannot be written to"],
  [["--resume", "--out", "/nowhere"], "error: --resume: there is no training in /nowhere"],
])("%j fails at once, without a stack trace", async (words, message) => {
  const { code, err } = await run("--preset", "tiny", ...words);
  expect(code).toBe(1);
  expect(err).toContain(message);
  expect(err).not.toContain("    at ");
});

test("a short text, another text on resuming, and a folder with an unfinished training are refused", async () => {
  const short = join(folder, "short.txt");
  await writeFile(short, "too short");
  const tiny = ["--preset", "tiny", "--out", join(folder, "unfinished")];
  expect((await run(...tiny, "--text", short)).err).toContain("has 9 characters; a context of 16 takes 180 at least");
  await run(...tiny, "--text", text, "--stop-after", "2");
  expect((await run(...tiny, "--text", text)).err).toContain("stopped after step 2 of 20; go on with it by --resume");
  await writeFile(short, "Another text. ".repeat(40));
  expect((await run(...tiny, "--resume", "--text", short)).err).toContain("not the one that this training began with");
  expect((await run(...tiny, "--resume", "--rate", "0.1")).err).toContain("--rate cannot change in the middle");
});
