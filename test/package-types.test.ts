// What a user's TypeScript sees of the installed library: the packed declarations must do alone, checked, and without
// anyone else's types.

import { copyFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, inject, test } from "vitest";
import { run } from "./support/run.js";

const project = inject("project");

const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
const node = { module: "NodeNext", moduleResolution: "NodeNext" };

const settings = {
  "a bundler": { target: "ES2023", module: "ESNext", moduleResolution: "bundler", types: [] },
  "Node with the default libraries": { ...node, types: [] },
  "an older target": { ...node, target: "ES2022", lib: ["ES2022", "DOM"], types: [] },
  // WebAssembly, Response and the like are then known from nowhere, or in part from @types/node: such projects do skip
  // the check of declarations, as the settings that TypeScript recommends for Node do.
  "Node without the DOM": {
    ...node,
    lib: ["ES2023"],
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [resolve("node_modules/@types")],
  },
};

test.for(Object.entries(settings))("a strict project for %s compiles", async ([name, options]) => {
  copyFileSync("test/package/consumer.ts", join(project, "consumer.ts"));
  const file = `tsconfig.${name.replaceAll(" ", "-")}.json`;
  const compilerOptions = { ...strict, skipLibCheck: false, noEmit: true, ...options };
  writeFileSync(join(project, file), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  const compiler = resolve("node_modules/typescript/bin/tsc");
  expect(await run(project, process.execPath, compiler, "--project", file, "--pretty", "false")).toBe("");
});
