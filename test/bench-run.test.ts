// The bench as a command: what it prints, what it writes, and what it refuses. No time is judged here.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Runs `npm run bench --` with these arguments. */
function bench(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = ["--import", "tsx", "bench/run.ts", ...args];
    const child = execFile(process.execPath, command, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-bench-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("npm run bench", () => {
  test("measures what the filter names, prints a table and a last line, and writes JSON and a page", async () => {
    const file = join(folder, "result.json");
    const page = join(folder, "result.html");
    const filter = ["--quick", "--rounds", "1", "--filter", "A·B 64x64x64"];
    const { code, stdout } = await bench(...filter, "--json", file, "--html", page);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +product +ceiling +share$/m);
    expect(stdout).toMatch(/^ {2}A·B 64x64x64 +\S+ ±0 GFLOP\/s +\S+ ±0 GFLOP\/s +\S+ ±0 %$/m);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^bench: /);

    expect(readFileSync(page, "utf8")).toContain(">A·B 64x64x64<");
    const { rounds, machine, engine, sections } = JSON.parse(readFileSync(file, "utf8"));
    expect({ rounds, machine: typeof machine, engine }).toEqual({
      rounds: 1,
      machine: "string",
      engine: expect.stringContaining(process.versions.node),
    });
    expect(Object.keys(sections)).toEqual(["products"]);
    expect(sections.products).toHaveLength(1);
    expect(sections.products[0].values.share).toEqual({ value: expect.any(Number), unit: "%", spread: 0 });
  });

  test("tells what computing activations again saves and costs", { timeout: 120_000 }, async () => {
    const file = join(folder, "again.json");
    const { code, stdout } = await bench("--quick", "--rounds", "1", "--filter", "recomputation: gpt", "--json", file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^bench: recomputation of gpt .*: \S+ % of the memory for \S+ % of the time$/m);
    const [{ values }] = JSON.parse(readFileSync(file, "utf8")).sections.recomputation;
    expect(values.again.value).toBeLessThan(0.5 * values.kept.value);
  });

  test("tells of each point of a curve where it lies", { timeout: 120_000 }, async () => {
    const file = join(folder, "curve.json");
    const filter = ["--filter", "scaling: width of mlp"];
    const { code, stdout } = await bench("--quick", "--rounds", "1", ...filter, "--json", file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}width of mlp 784-n-n-10, batch 128: 64 +\S+ ±0 ms +\S+ ±0 samples\/s$/m);
    const { scaling } = JSON.parse(readFileSync(file, "utf8")).sections;
    expect(scaling.map(({ point }: { point: unknown }) => point)).toEqual(
      [64, 256, 1024].map((at) => ({
        curve: "width of mlp 784-n-n-10, batch 128",
        axis: "neurons of a hidden layer",
        at,
      })),
    );
  });

  test("compares with a file that it wrote, and says that this was not interleaved", async () => {
    const file = join(folder, "earlier.json");
    const filter = ["--quick", "--rounds", "1", "--filter", "core: dot"];
    await bench(...filter, "--json", file);
    const { code, stdout } = await bench(...filter, "--compare", file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Not interleaved: what is there was measured earlier, in 1 rounds on /m);
    expect(stdout).toMatch(/^ {2}core: dot, 4 numbers, call( +\S+ ±0 ns){2} /m);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^compare: /);
  });

  test("compares with another checkout, a process each in turn", { timeout: 120_000 }, async () => {
    const file = join(folder, "compared.json");
    const filter = ["--quick", "--rounds", "2", "--filter", "core: dot"];
    const { code, stdout } = await bench(...filter, "--compare", ".", "--json", file);
    expect(code).toBe(0);
    expect(stdout).toContain("here beside ., 2 rounds in turn");
    expect(stdout).toMatch(/of 1 no different beyond the noise$|^compare: 1 (slower|faster), 0 of 1/m);
    const { here, there, differences } = JSON.parse(readFileSync(file, "utf8"));
    expect([here.length, there.length, differences.length]).toEqual([2, 2, 1]);
    expect(differences[0]).toMatchObject({ section: "core", name: "dot, 4 numbers, call" });
  });

  test("what cannot be compared with is an error that says so", async () => {
    expect((await bench("--compare", "nowhere")).stderr).toContain("there is no nowhere to compare with");
    expect((await bench("--compare", folder)).stderr).toContain("is no checkout of the project");
    expect((await bench("--compare", "package.json")).stderr).toContain("package.json is no file that");
  });

  test("a filter that nothing matches is an error that names the sections", async () => {
    const { code, stderr } = await bench("--filter", "nonsense");
    expect(code).toBe(1);
    expect(stderr).toContain('nothing has "nonsense" in its name; the sections are products, kernels');
  });

  test("rounds must be a whole number", async () => {
    const { code, stderr } = await bench("--rounds", "0.5");
    expect(code).toBe(1);
    expect(stderr).toContain("it must be a whole number above 0");
  });
});
