// What npm would publish, as a user gets it: the packed library installed in an empty project, imported, and trained
// in several versions of Node.

import { copyFileSync, cpSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { Opcode } from "../src/shared/opcodes.js";
import { nodeVersion, run, trainInNode, type Trained } from "./support/run.js";

const project = inject("project");
const installed = join(project, "node_modules/wasmgrad");

let trained: Trained;

beforeAll(async () => {
  for (const file of ["train.mjs", "main.mjs"]) copyFileSync(`test/package/${file}`, join(project, file));
  trained = await trainInNode(project, process.execPath);
});

describe("the packed library", () => {
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"));

  test("is modules, declarations, binaries and papers; no sources, maps or tests", () => {
    const top = new Set(files.map((file) => file.split("/")[0]));
    expect([...top].sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "package.json"]);
    const papers = ["LICENSE", "NOTICE"].map((name) => `dist/node/${name}.assemblyscript-loader`);
    expect(files).toEqual(expect.arrayContaining(papers)); // of the loader, which lies in the files for Node
    const endings = files.map((file) => /^dist\/.*?(\.d\.ts|\.\w+)$/.exec(file)?.[1]).filter(Boolean);
    expect([...new Set(endings)].sort()).toEqual([".d.ts", ".js", ".wasm"]);
  });

  test("names instructions by a table that the build makes of the enum", async () => {
    const { href } = pathToFileURL(join(installed, "dist/graph/opcode-name.js"));
    const { opcodeName } = (await import(href)) as typeof import("../src/graph/opcode-name.js");
    for (const [name, code] of Object.entries(Opcode))
      if (typeof code === "number") expect(opcodeName(code)).toBe(name);
  });

  test("brings one other package, the loader", () => {
    const packages = readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."));
    expect(packages.sort()).toEqual(["@assemblyscript", "wasmgrad"]);
    expect(readdirSync(join(project, "node_modules/@assemblyscript"))).toEqual(["loader"]);
  });

  test("reads its builds from files in Node, and from the text where a file is not its own", async () => {
    const copy = join(project, "in parts"); // other tests need it whole
    cpSync(join(project, "node_modules"), join(copy, "node_modules"), { recursive: true });
    for (const file of ["train.mjs", "main.mjs"]) copyFileSync(`test/package/${file}`, join(copy, file));
    const folder = join(copy, "node_modules/wasmgrad/dist");

    renameSync(join(folder, "core"), join(folder, "aside")); // where the texts are
    expect(await trainInNode(copy, process.execPath)).toEqual(trained);

    renameSync(join(folder, "aside"), join(folder, "core"));
    for (const file of readdirSync(join(folder, "wasm"))) writeFileSync(join(folder, "wasm", file), "not this one");
    expect(await trainInNode(copy, process.execPath)).toEqual(trained);
  });

  test("has lines that a person can read beside an error that nobody caught", async () => {
    const wrong = `import { compile, crossEntropy, linear, sequential } from "wasmgrad";
      await compile(sequential(linear(4, 3), linear(2, 2)), { loss: crossEntropy() });`;
    writeFileSync(join(project, "wrong.mjs"), wrong);
    const said = await run(project, process.execPath, "wrong.mjs").catch((error: Error) => error.message);
    expect(said).toContain('layer "1" (linear)');
    expect(said.length).toBeLessThan(4000);
  });

  test("holds every file that its exports name, and every entry can be imported", async () => {
    const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const targets = Object.values(exports).flatMap((entry) =>
      typeof entry === "string" ? entry : Object.values(entry),
    );
    for (const target of targets) {
      const [start, end = ""] = target.replace("./", "").split("*") as [string, string?];
      expect(files.some((file) => file.startsWith(start) && file.endsWith(end))).toBe(true);
    }

    // Binaries are what the one pattern stands for.
    const entries = Object.keys(exports)
      .flatMap((entry) =>
        entry === "./wasm/*.wasm"
          ? files.filter((file) => file.endsWith(".wasm")).map((file) => file.replace("dist", "."))
          : entry,
      )
      .map((entry) => entry.replace(".", "wasmgrad"));
    writeFileSync(
      join(project, "entries.mjs"),
      `const paths = ${JSON.stringify(entries)}.map((entry) => import.meta.resolve(entry));
       for (const path of paths) if (path.endsWith(".js")) await import(path);
       console.log(paths.length);`,
    );
    expect(Number(await run(project, process.execPath, "entries.mjs"))).toBe(entries.length);
  });
});

describe("training with the installed library", () => {
  test("learns", () => {
    for (const { steps, losses, right } of Object.values(trained)) {
      expect(steps).toBe(48);
      expect(losses.at(-1)).toBeLessThan(losses[0]! / 1.5);
      expect(right).toBeGreaterThan(0.9);
    }
  });

  test("ends in the same bits with the binary from its file", async () => {
    expect(await trainInNode(project, process.execPath, "file")).toEqual(trained);
  });

  test.for(["20", "22", "24"])("ends in the same bits in Node %s", async (major, { skip }) => {
    const node = await nodeVersion(major);
    if (!node) return skip(`Node ${major} cannot be had: \`npx -p node@${major} node\` failed`);
    expect(await trainInNode(project, node)).toEqual(trained);
  });
});
