// The example of the numeric core: the descent descends, and both ways end at the same line.
import { expect, test } from "vitest";
import { init } from "../src/core/index.js";
import { after, lineWith, numbersIn, runExample } from "./support/example.js";

test("embed: logistic regression by hand", async () => {
  const { memory } = await init();
  const output = await runExample("embed");
  const losses = output
    .split("\n")
    .filter((line) => line.includes("log loss"))
    .map((line) => numbersIn(line)[1]!);
  expect(losses).toHaveLength(5);
  expect(losses[0]).toBeCloseTo(Math.LN2, 3);
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  expect(losses[4]).toBeLessThan(0.2);
  expect(numbersIn(lineWith(output, "right side"))[0]).toBeGreaterThan(90);
  expect(lineWith(output, "A step is")).toBe("A step is 10 calls, and took 0 bytes of memory.");

  const line = (words: string) => numbersIn(after(output, words).replace(/·x\d/g, ""));
  const bySgd = line("Learned: z = ");
  line("By Adam: z = ").forEach((value, i) => expect(Math.abs(value - bySgd[i]!)).toBeLessThan(0.2));
  // What is left are the places of the desks and of packing.
  expect(memory.used).toBeLessThan(2000);
});
