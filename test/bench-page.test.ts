// The benches' pages hold every figure with its spread, say where they come from, and need nothing from elsewhere.
import { describe, expect, test } from "vitest";
import { pageOf } from "../bench/page.js";
import { pageOf as rivalsPageOf } from "../bench/rivals/page.js";
import { pictureOf } from "../bench/rivals/picture.js";
import type { Result as RivalResult } from "../bench/rivals/table.js";
import { allTasks, nameOf } from "../bench/rivals/tasks.js";
import { engine, machine } from "../bench/report.js";
import type { Result, Section } from "../bench/section.js";

const section = (name: string): Section => ({ name, about: `About ${name}.`, measure: () => Promise.reject() });
const share = (value: number, spread: number) => ({ share: { value, spread, unit: "%" } });

/** No script, and nothing that a browser would fetch. */
function standsAlone(page: string): void {
  expect(page).toMatch(/^<!doctype html>/);
  expect(page.trimEnd()).toMatch(/<\/html>$/);
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|(src|href)=/);
}

describe("the page of our own bench", () => {
  const points = [1, 8, 64].map((at) => ({
    name: `batch: ${at}`,
    values: { step: { value: at, spread: 0.25, unit: "ms" }, speed: { value: 1000, spread: 1, unit: "samples/s" } },
    point: { curve: "batch", axis: "samples a step", at },
  }));
  const results = new Map<Section, Result>([
    [section("products"), { rows: [{ name: "A·B <64>", values: share(43.9, 0.4) }], headline: "a headline" }],
    [section("scaling"), { rows: points }],
    [section("size"), { rows: [{ name: "an MLP", values: { gzipped: { value: 47.9, unit: "kB" } } }] }],
  ]);

  test("has bars of shares, two plots for a curve, and tables", async () => {
    const page = await pageOf(results, 15);
    standsAlone(page);
    expect(page.match(/<svg /g)).toHaveLength(3);
    expect(page).toContain('aria-label="Each by its share of the ceiling, in per cent"');
    for (const tick of [0, 25, 50, 75, 100]) expect(page).toMatch(new RegExp(`<text[^>]*>${tick}</text>`));
    expect(page).toContain('aria-label="step by samples a step"');
    expect(page).toContain('aria-label="speed by samples a step"');
    expect(page).toContain("<td>43.9 ±0.400 %</td>");
    expect(page).toContain("<td>47.9 kB</td>");
    expect(page).toContain("A·B &lt;64&gt;");
    expect(page).toContain("<li>a headline</li>");
  });

  test("says on what it was measured, and how often", async () => {
    const page = await pageOf(results, 15);
    for (const text of [machine(), engine(), "wasmgrad 0.", "15 rounds"]) expect(page).toContain(text);
  });
});

describe("the page of the comparison", () => {
  const result = (library: string, ...milliseconds: number[]): RivalResult => ({ library, milliseconds, disturbed: 0 });
  const [fit] = allTasks();
  const all = [
    {
      task: fit!,
      results: [
        result("wasmgrad", 1, 2, 3),
        result("a", 18, 20, 22),
        { ...result("b"), cannot: "it does not train" },
        result("pytorch", 1),
      ],
    },
  ];
  const versions = new Map([["a", "A 1.2.3"]]);

  test("has a bar for each other library that has a time, and all figures", async () => {
    const page = await rivalsPageOf(all, { how: "3 rounds", versions });
    standsAlone(page);
    expect(page.match(/<svg /g)).toHaveLength(1);
    expect(page).toContain(`<h3>${nameOf(fit!)}</h3>`);
    expect(page).toMatch(/<text[^>]*>10 x<\/text>/);
    expect(page).toMatch(/<text[^>]*>0\.500 x<\/text>/);
    expect(page).toMatch(/<tr><th scope="row">a<\/th><td>20<\/td><td>2<\/td>/);
    expect(page).toContain("it does not train");
    for (const text of [machine(), engine(), "3 rounds", "A 1.2.3"]) expect(page).toContain(text);
  });

  test("has a picture of all ratios, which stands by itself", async () => {
    const picture = await pictureOf(all, "on a machine");
    expect(picture).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(picture).not.toMatch(/<script|<image|@import|url\(|href=/);
    for (const text of ["on a machine", ">a<", ">pytorch<", "--ink: #"]) expect(picture).toContain(text);
    expect(picture).not.toContain(">b<");
  });

  test("without our own time there is nothing to compare with, but the figures are there", async () => {
    const page = await rivalsPageOf([{ task: fit!, results: [result("a", 20)] }], { how: "1 round", versions });
    expect(page).not.toContain("<svg ");
    expect(page).toMatch(/<tr><th scope="row">a<\/th><td>20<\/td>/);
  });
});
