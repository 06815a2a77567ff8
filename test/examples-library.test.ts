// The examples of what the library offers, and the runner of all examples.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { after, lineWith, numbersIn, runExample } from "./support/example.js";

const run = (...args: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", "examples/run.ts", ...args], { encoding: "utf8" });

test("first-program: five epochs, and most unseen digits are read", async () => {
  const lines = (await runExample("first-program")).split("\n");
  const epochs = lines.slice(0, 5).map(numbersIn);
  expect(epochs.map(([epoch]) => epoch)).toEqual([1, 2, 3, 4, 5]);
  const losses = epochs.map(([, loss]) => loss);
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  expect(epochs[4][2]).toBeGreaterThan(0.88);
  expect(numbersIn(lines[5])[1]).toBeGreaterThan(88);
});

test("tensors: derivatives, and a curve above nine of ten points", async () => {
  const output = await runExample("tensors");
  expect(numbersIn(after(output, "slopes ").split("(")[0])).toEqual([3, 0.75, 12, 27]);
  expect(numbersIn(after(output, "curvatures ").split("(")[0])).toEqual([-6, 3, 12, 18]);
  const [below, points, share] = numbersIn(lineWith(output, "lie below it"));
  expect(share).toBeCloseTo((100 * below) / points, 1);
  expect(share).toBeGreaterThan(86);
  expect(share).toBeLessThan(94);
});

test("step: the loop ends where the gradient does, at the plane", async () => {
  const output = await runExample("step");
  const lengths = output
    .split("\n")
    .filter((line) => line.includes("length "))
    .map((line) => numbersIn(line)[2]);
  expect(lengths[0]).toBeGreaterThan(1);
  expect(lengths.at(-1)).toBeLessThan(1e-3);
  expect(lengths.slice(0, -1).every((length) => length >= 1e-3)).toBe(true);
  const [w1, w2, b] = numbersIn(
    after(output, "found ")
      .replace(/[xy]\d?/g, "")
      .replace("- ", "-"),
  );
  expect(w1).toBeCloseTo(3, 1);
  expect(w2).toBeCloseTo(-2, 1);
  expect(b).toBeCloseTo(0.5, 1);
});

test("data-iterable: a thousand new digits an epoch teach to read others", async () => {
  const epochs = (await runExample("data-iterable")).split("\n").map(numbersIn);
  expect(epochs.map(([epoch, samples]) => [epoch, samples])).toEqual([1, 2, 3, 4, 5].map((epoch) => [epoch, 1000]));
  const [first, last] = [epochs[0], epochs[4]];
  expect(last[2]).toBeLessThan(first[2] / 2);
  expect(last[3]).toBeGreaterThan(80);
});

test("predict-later: another process reads unseen digits from the file, and trains on to the same bits", () => {
  const { stdout, status } = run("predict-later");
  expect(status).toBe(0);
  const [first] = numbersIn(after(stdout, "Process "));
  const [second] = numbersIn(lineWith(stdout, "has loaded"));
  expect(second).not.toBe(first);
  expect(stdout).toContain("3 epochs old");
  expect(numbersIn(after(stdout, "it reads "))[0]).toBeGreaterThan(80);
  expect(stdout).toContain("trained on, to epoch 6");
  expect(stdout).toContain("the same bits in 1.weight, 1.bias, 4.weight, 4.bias");
});

describe("run", () => {
  test("lists every example in one line each, the article's parts in order", () => {
    const { stdout, status } = run();
    expect(status).toBe(0);
    const files = readdirSync("examples").filter((file) => file.endsWith(".ts") && file !== "run.ts");
    const listed = stdout.split("\n").filter((line) => /^ {2}\S/.test(line));
    expect(listed.map((line) => `${line.trim().split(" ")[0]}.ts`).sort()).toEqual(files.sort());
    expect(listed.flatMap((line) => /^\S+ +(\d)\. /.exec(line.trim())?.[1] ?? [])).toEqual([..."123456789"]);
    expect(stdout).not.toMatch(/^ {3}/m); // no line goes on in the next
  });

  test("suggests the nearest name for an unknown one", () => {
    const { stdout, stderr, status } = run("botaing");
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("unknown command 'botaing'\n(Did you mean boating?)");
    expect(stderr).toContain("One neuron decides about boating");
  });

  test("hands arguments on to the example", () => {
    const { stdout } = run("text", "A text", "of one's own, -- and an own", "--text");
    expect(after(stdout, "Its words:")).toBe("   a, text, of, one's, own, and, an, own, text");
    expect(after(stdout, "As indices:  ")).toContain("[2, 0, 3, 4, 1, 5, 6, 1, 0]");
  });
});
