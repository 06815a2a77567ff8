// The comparison with other libraries refuses wrong results and computes ratios by each library's faster way; none of
// those libraries is needed for it.
import { describe, expect, test } from "vitest";
import type { Task } from "../bench/rivals/protocol.js";
import { peakBytes } from "../bench/rivals/peak.js";
import { outputsOf, trainedLosses } from "../bench/rivals/reference.js";
import { disturbance, notesOf, summary, tableOf, type Result } from "../bench/rivals/table.js";
import { allTasks, givenFor, Judge, nameOf, proofOf } from "../bench/rivals/tasks.js";
import { trainerOf } from "../bench/trainer.js";
import { inputsOf, type Workload } from "../bench/workloads.js";

const named = (name: string): Task => allTasks().find((task) => nameOf(task) === name)!;
const fit = named("xor 2-8-1, batch 4, fit");
const step = named("xor 2-8-1, batch 4, step by step");

const result = (library: string, ...milliseconds: number[]): Result => ({
  library,
  milliseconds,
  disturbed: 0,
  peakBytes: 80.6e6,
});

test("every task has a name of its own", () => {
  const names = allTasks().map(nameOf);
  expect(new Set(names).size).toBe(names.length);
});

describe("the judge", () => {
  const given = givenFor(fit);
  const judge = new Judge(fit, given);
  const proof = fit.kind === "fit" ? trainedLosses(fit.workload as Workload, given, proofOf(fit)) : [];

  test("accepts losses that round otherwise", () => {
    expect(proof.length).toBe(proofOf(fit).epochs);
    expect(proof.at(-1)!).toBeLessThan(proof[0]!);
    expect(judge.complaint({ proof: proof.map(Math.fround) })).toBeUndefined();
  });

  test("refuses a loss that is off, is NaN or is missing", () => {
    const changed = (value: number) => proof.map((loss, epoch) => (epoch === 7 ? value : loss));
    expect(judge.complaint({ proof: changed(proof[7]! * 1.001) })).toContain("the loss of epoch 8");
    expect(judge.complaint({ proof: changed(NaN) })).toContain("the loss of epoch 8 is NaN");
    expect(judge.complaint({ proof: proof.slice(1) })).toContain(`${proof.length} are expected`);
  });

  test("compares with the first library's losses where f64 has none", () => {
    const task = named("gpt 4 x 128, 64 steps, batch 12, fit");
    const others = new Judge(task, {});
    expect(others.complaint({ proof: [4, NaN] }, "a")).toContain("do not fall");
    expect(others.complaint({ proof: [4, 3] }, "a")).toBeUndefined();
    expect(others.complaint({ proof: [4.002, 3.002] }, "b")).toBeUndefined();
    expect(others.complaint({ proof: [4, 3.004] }, "c")).toBe("the loss of epoch 2 is 3.004, and a says 3");
  });

  test("asks of training of another kind that the error falls", () => {
    expect(judge.complaint({ proof: [1, 0.8], deviation: "own training" })).toBeUndefined();
    expect(judge.complaint({ proof: [1, 0.95], deviation: "own training" })).toContain("must fall");
  });

  test("compares outputs, with a relu after them where the library has one", () => {
    const task = named("mlp 784-128-10, predict 1");
    const outputs = new Judge(task, givenFor(task));
    expect(outputs.complaint({ proof: Array.from({ length: 10 }, () => 5) })).toContain("f64 says");
    expect(outputs.complaint({ proof: Array.from({ length: 10 }, () => -5), deviation: "relu output" })).toContain(
      "f64",
    );
  });
});

test("f64 says of a network with convolutions what it predicts", async () => {
  const task = named("cnn 28x28, 5x5x8, 5x5x16, predict 256");
  if (task.kind !== "predict") throw new Error("it must be a prediction");
  const given = givenFor(task);
  const trainer = await trainerOf(task.workload);
  const outputs = await trainer.predict((given.x as Float32Array).slice(0, 3 * inputsOf(task.workload)));
  trainer.dispose();
  const expected = outputsOf(task.workload, given, 3, false);
  expect(outputs.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(outputs[i]).toBeCloseTo(value, 5);
});

test("the peak of memory is what this process has had, and no less than what it has", () => {
  const before = peakBytes();
  expect(before).toBeGreaterThan(1e6);
  const kept = Buffer.alloc(300e6, 1);
  expect(peakBytes()).toBeGreaterThanOrEqual(kept.length);
});

describe("the report", () => {
  const fits = { task: fit, results: [result("wasmgrad", 2, 1, 3), result("a", 20), result("b", 8)] };
  const steps = { task: step, results: [result("wasmgrad", 4), result("a", 10), result("b", 9)] };

  test("has a line for each library: median, spread, samples a second, ratio, peak of memory", () => {
    const lines = tableOf(fits).split("\n");
    expect(lines[0]).toBe("xor 2-8-1, batch 4, fit");
    expect(lines[2]!.trim().split(/ {2,}/)).toEqual(["wasmgrad", "2", "1", "2,000", "1 x", "81"]);
    expect(lines[3]!.trim().split(/ {2,}/)).toEqual(["a", "20", "0", "200", "10 x", "81"]);
  });

  test("says why a library has no time", () => {
    const cannot = { ...result("a"), cannot: "it does not train" };
    expect(tableOf({ task: fit, results: [result("wasmgrad", 1), cannot] })).toMatch(/a +– +it does not train/);
  });

  test("explains each star once", () => {
    const starred: Result = { ...result("a", 1), deviation: "own training" };
    expect(tableOf({ task: fit, results: [starred] })).toContain("a *");
    expect(notesOf([fits, { task: fit, results: [starred] }, { task: fit, results: [starred] }])).toEqual([
      expect.stringMatching(/^\* a trains its own way/),
    ]);
  });

  test("sums up by the faster of fit and step by step", () => {
    expect(summary([fits, steps])).toContain("xor 2-8-1, batch 4: 5 x a, 4 x b");
    expect(summary([{ task: fit, results: [result("a", 1)] }])).toBe("");
  });

  test("sums up two threads beside two threads", () => {
    const two = [result("wasmgrad 2 threads", 1), result("a 2 threads", 3)];
    const results = [result("wasmgrad", 2), result("a", 4), ...two];
    expect(summary([{ task: fit, results }])).toContain("xor 2-8-1, batch 4: 2 x a, 3 x a 2 threads");
  });

  test("warns of a busy machine", () => {
    expect(disturbance([fits])).toBeUndefined();
    expect(disturbance([{ task: fit, results: [{ ...result("a", 1, 1), disturbed: 1 }] }])).toContain("1 of 2");
  });
});
