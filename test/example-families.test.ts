// The examples of recurrent networks and of recommending: what they print is true, in short runs.

import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { runExample } from "./support/example.js";

test("sentiment: reading in order beats counting words by far", async () => {
  const output = await runExample("sentiment", "2");
  const [, reading, counting] = /Reading in order: ([\d.]+) %, counting words: ([\d.]+) %/.exec(output)!;
  expect(Number(reading)).toBeGreaterThan(90);
  expect(Number(counting)).toBeLessThan(70);
  expect(output).toContain("kind    the plot was not dull");
  expect(existsSync("out/sentiment.svg")).toBe(true);
});

test("names: the network hesitates between fewer letters than the letter before would let it", async () => {
  const output = await runExample("names", "10");
  const figure = (label: string) => Number(new RegExp(`${label} +([\\d.]+)`).exec(output)![1]);
  expect(figure("the network")).toBeLessThan(figure("by the letter before"));
  expect(figure("by the letter before")).toBeLessThan(figure("by how often a letter comes"));
  expect(output).toMatch(/Names that it makes up: ([a-z]+, ){23}[a-z]+/);
});

test("recommend: the network beats what everybody reads by a wide margin", async () => {
  const output = await runExample("recommend", "4", "800");
  const hits = (name: string) => Number(new RegExp(`${name} +([\\d.]+) % of users`).exec(output)![1]);
  expect(hits("the network")).toBeGreaterThan(1.5 * hits("what everybody reads"));
  expect(hits("who knows the tastes")).toBeGreaterThan(hits("the network"));
});
