// The public names of every entry, values and types, as test/exports.txt lists them. A name that comes or goes shows
// up there, and belongs in the CHANGELOG; `npx vitest run test/exports.test.ts -u` writes the list anew.

import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import * as wasmgrad from "wasmgrad";
import * as core from "wasmgrad/core";
import * as csv from "wasmgrad/csv";
import * as data from "wasmgrad/data";
import * as images from "wasmgrad/images";
import * as io from "wasmgrad/io";
import * as models from "wasmgrad/models";
import * as text from "wasmgrad/text";

const entries = {
  wasmgrad,
  "wasmgrad/core": core,
  "wasmgrad/csv": csv,
  "wasmgrad/data": data,
  "wasmgrad/images": images,
  "wasmgrad/io": io,
  "wasmgrad/models": models,
  "wasmgrad/text": text,
};

/** The file of an entry: src/index.ts, src/core/index.ts. */
const fileOf = (entry: string) =>
  fileURLToPath(new URL(`../${entry.replace("wasmgrad", "src")}/index.ts`, import.meta.url));

test("the public names are the listed ones", async () => {
  const program = ts.createProgram(Object.keys(entries).map(fileOf), { module: ts.ModuleKind.NodeNext, noEmit: true });
  const checker = program.getTypeChecker();

  const listed = (title: string, names: string[]) => [`${title}:`, ...names.sort().map((name) => `  ${name}`), ""];
  const lines = Object.entries(entries).flatMap(([entry, module]) => {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(fileOf(entry))!)!;
    const names = checker.getExportsOfModule(symbol).map(({ name }) => name);
    return [
      ...listed(entry, Object.keys(module)),
      ...listed(
        `${entry}, types`,
        names.filter((name) => !(name in module)),
      ),
    ];
  });
  for (const name of ["ops", "schedules", "initialisers"] as const) {
    lines.push(...listed(`wasmgrad, ${name}`, Object.keys(wasmgrad[name])));
  }
  await expect(lines.join("\n")).toMatchFileSnapshot("exports.txt");
});
