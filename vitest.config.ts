// Two suites: `library` tests the sources, `package` tests what npm would publish, which takes longer and starts when
// the first is done. In both, "wasmgrad" means the sources; the package's tests install the package elsewhere.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

const packageTests = ["test/package*.test.ts", "test/browser*.test.ts"];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^wasmgrad$/, replacement: source("index.ts") },
      { find: /^wasmgrad\/(core|csv|data|images|io|models|text)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    // Worker processes, so that no test meets another's WebAssembly memory; two, since two cores are common in CI.
    pool: "forks",
    maxWorkers: 2,
    // Lets tests of memory say when garbage is collected.
    execArgv: ["--expose-gc"],
    setupFiles: ["test/support/seed.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default", "./scripts/summary-reporter.mjs"],
    projects: [
      {
        extends: true,
        test: {
          name: "library",
          include: ["test/**/*.test.ts"],
          exclude: packageTests,
          typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
        },
      },
      {
        extends: true,
        test: {
          name: "package",
          include: packageTests,
          globalSetup: "test/support/pack.ts",
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
