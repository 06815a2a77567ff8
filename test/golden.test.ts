// The runner of reference cases: what it says of cases that pass, that fail, and that cannot be expressed. PyTorch's own
// cases run here too where they are at hand.

import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSafetensors } from "../src/io/index.js";
import { listCases } from "./golden/cases.js";
import { runCase } from "./golden/run-case.js";

const cases = join(process.env["WASMGRAD_DATA"] ?? join(import.meta.dirname, "../../shared/data"), "../golden");

describe.skipIf(!existsSync(join(cases, "cases.json")))(
  `PyTorch's cases (skipped where ${cases} is not there)`,
  async () => {
    const listed = existsSync(join(cases, "cases.json")) ? await listCases(cases) : [];
    test.each(listed)("$name", async ({ load }) => {
      const faults = await runCase(await load());
      const missing = faults.some((fault) => fault.startsWith("cannot be expressed"));
      if (!missing) expect(faults).toEqual([]);
    });
  },
);

describe("a folder of cases", () => {
  let folder: string;
  const f32 = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
  const tolerance = { rtol: 1e-4, atol: 1e-5 };
  const faultsOf = async (index: number) => runCase(await (await listCases(folder))[index]!.load());

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wasmgrad-golden-"));
    const files = {
      right: { "in.x": f32(-1, 2), upstream: f32(1, 3), "out.y": f32(0, 2), "grad.in.x": f32(0, 3) },
      wrong: { "in.x": f32(-1, 2), upstream: f32(1, 3), "out.y": f32(0, 2.1), "grad.in.x": f32(0, 3) },
      empty: { "in.x": f32(1), upstream: f32(1) },
    };
    for (const [name, tensors] of Object.entries(files)) {
      await writeFile(join(folder, `${name}.safetensors`), writeSafetensors(tensors));
    }
    const listed = [
      { name: "right", kind: "op", op: "relu", file: "right.safetensors", ...tolerance },
      { name: "wrong", kind: "op", op: "relu", file: "wrong.safetensors", ...tolerance },
      { name: "no such op", kind: "op", op: "reluX", file: "right.safetensors", ...tolerance },
      { name: "no such kind", kind: "dance", op: "relu", file: "right.safetensors", ...tolerance },
      { name: "no reference", kind: "op", op: "relu", file: "empty.safetensors", ...tolerance },
      { name: "outside", kind: "op", op: "relu", file: "../right.safetensors", ...tolerance },
    ];
    await writeFile(join(folder, "cases.json"), JSON.stringify({ cases: listed }));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("a case that matches passes", async () => expect(await faultsOf(0)).toEqual([]));
  test("a number beyond the tolerance fails, and is shown", async () => {
    expect(await faultsOf(1)).toEqual([
      expect.stringMatching(/^out\.y\[1\]: 2 instead of 2\.09\d+, \d+ times the tolerance$/),
    ]);
  });
  test("a case that cannot be expressed fails", async () => {
    expect(await faultsOf(2)).toEqual(['cannot be expressed: there is no op "reluX"']);
    expect(await faultsOf(3)).toEqual(['cannot be expressed: there is no kind "dance"']);
  });
  test("a case without a reference fails", async () => {
    expect(await faultsOf(4)).toEqual(["the case has no reference to compare with"]);
  });
  test("files outside of the folder are not read", async () => {
    await expect(faultsOf(5)).rejects.toThrow("must lie in the folder");
  });
});
