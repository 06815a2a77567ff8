// The profile of a step: it names every instruction, its figures add up, and it leaves the trainer as it was.

import { expect, test } from "vitest";
import { adam, compile, crossEntropy, linear, relu, saveCheckpoint, sequential } from "../src/index.js";

const x = Float32Array.from({ length: 8 * 12 }, (_, i) => Math.sin(i));
const y = Int32Array.from({ length: 8 }, (_, i) => i % 3);

test("a profile names every instruction and changes nothing", async () => {
  const model = sequential(linear(12, 16), relu(), linear(16, 3));
  const trainer = await compile(model, { loss: crossEntropy(), optimizer: adam(), ema: 0.9, clipNorm: 1, threads: 2 });
  await trainer.step(x, y);
  const before = saveCheckpoint(trainer);
  const profile = await trainer.profile(x, y, { rounds: 3 });
  expect(saveCheckpoint(trainer)).toEqual(before);

  const names = profile.instructions.map(({ instruction }) => instruction);
  expect(names).toEqual(expect.arrayContaining(["Gather", "Gemm", "CrossEntropyTerms", "Record", "ClipNorm", "Adam"]));
  expect(profile.instructions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  const lines = String(profile).split("\n");
  expect(lines).toHaveLength(profile.instructions.length + 2);
  expect(lines[0]).toMatch(/^a step of \d+ µs, \d+ instructions$/);
  expect(String(profile)).toContain("Gemm  1.relu [8, 16]");
  trainer.dispose();
});

test("rounds must be a whole number", async () => {
  const trainer = await compile(linear(12, 3), { loss: crossEntropy() });
  await expect(trainer.profile(x, y, { rounds: 0 })).rejects.toThrow(
    "profile: rounds must be a whole number of at least 1, got 0",
  );
  trainer.dispose();
});
