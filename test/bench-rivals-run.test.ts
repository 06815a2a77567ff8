// The comparison as a command, with the libraries that are installed beside it; it never installs one. No time is judged
// here.
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const text = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : "");
const LOCK = "bench/rivals/package-lock.json";
const installed = text(LOCK) === text("bench/rivals/node_modules/.installed-lock.json");

/** Runs `npm run bench:rivals --` with these arguments. */
function rivals(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", "bench/rivals/run.ts", ...args];
    const child = execFile(process.execPath, command, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-bench-rivals-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a filter that nothing matches is an error that names the tasks", async () => {
  const { code, stderr } = await rivals("--filter", "nonsense");
  expect(code).toBe(1);
  expect(stderr).toContain("mlp 784-128-10, predict 256");
});

// The other libraries are there once `npm run bench:rivals` has been run.
describe.skipIf(!installed)("onnxruntime-web, where it is installed", () => {
  test("predicts what f64 says, and does not train", { timeout: 120_000 }, async () => {
    const file = join(folder, "onnx.json");
    const options = ["--quick", "--rounds", "1", "--libraries", "onnxruntime-web", "--json", file];
    const { code, stdout } = await rivals(...options, "--filter", "cnn 28x28");
    expect(code).toBe(0);
    expect(stdout).toMatch(/onnxruntime-web +– +it does not train/);

    const { results } = JSON.parse(readFileSync(file, "utf8")) as {
      results: { task: string; cannot?: string; milliseconds?: number; peakBytes?: number; against: string }[];
    };
    const of = (name: string) => results.find(({ task }) => task === name);
    expect(of("cnn 28x28, 5x5x8, 5x5x16, predict 256")).toMatchObject({
      against: "f64",
      milliseconds: expect.any(Number),
      peakBytes: expect.any(Number),
    });
    expect(of("cnn 28x28, 5x5x8, 5x5x16, batch 64, fit")).toMatchObject({ cannot: "it does not train" });
  });
});
