// Builds dist/, which is what npm publishes: plain ES modules with their comments and declarations; the same for Node in
// few files, without comments, with the loader and its licence in them (dist/node); and the binaries as files, which Node
// reads, and whoever loads them himself. No source maps: the modules are the sources without their types.
//
// Everything is made in a folder of its own and takes dist/'s place at the end, so that no stale file stays and a
// build that fails leaves the previous one standing.

import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, transform } from "esbuild";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

// What package.json exports to programs in Node: the same modules in few files. Node reads a hundred small ones in 40 ms,
// longer than all that the library has to do before a first prediction; whoever bundles for a page takes the small ones, of
// which unused ones fall away.
const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const entries = Object.values(exports).flatMap(({ node, default: module }) => (node ? [{ node, module }] : []));

/** Modules of src/shared that hold enums, and little else. */
const ENUMS = /shared\/(?:opcodes|blocking|window|attention)\.js$/;

const variants = ["simd", "simd-dense", "simd-threads", "relaxed", "relaxed-dense", "relaxed-threads"];

mkdirSync("build", { recursive: true });
const own = mkdtempSync("build/dist-");
const folder = join(own, "dist"); // not `own` itself, which nobody else may read
try {
  const declarations = ["--project", "tsconfig.build.json", "--emitDeclarationOnly", "--outDir", folder];
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", ...declarations], { stdio: "inherit" });
  await emitModules(folder);

  // The bytes come out of the compiled modules, so that a file is always the one its modules were built with.
  mkdirSync(join(folder, "wasm"));
  const { bytesOf } = await import(pathToFileURL(resolve(folder, "core/variant.js")).href);
  for (const variant of variants) writeFileSync(join(folder, "wasm", `${variant}.wasm`), await bytesOf(variant));

  await bundleForNode(folder);

  rmSync("dist", { recursive: true, force: true });
  renameSync(folder, "dist");
} catch (error) {
  // The compiler has already said what is wrong with the sources; anything else is told in full.
  if (typeof error.status !== "number") throw error;
  process.exitCode = error.status || 1;
} finally {
  rmSync(own, { recursive: true, force: true });
}

/**
 * The modules, one for each source. The numbers of the enums that both languages share stand in the code itself: a
 * program that trains a perceptron would else carry the names of all instructions.
 */
async function emitModules(folder) {
  await build({
    entryPoints: ["src/**/*.ts"],
    outdir: folder,
    outbase: "src",
    bundle: true,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
    plugins: [
      {
        name: "enums",
        setup({ onResolve, onLoad }) {
          onLoad({ filter: /graph\/opcode-name\.ts$/ }, async () => ({ contents: await opcodeNames() }));
          onResolve({ filter: /./ }, ({ kind, path }) =>
            kind === "entry-point" || ENUMS.test(path) ? undefined : { path, external: true },
          );
          onResolve({ filter: ENUMS }, ({ kind, path, resolveDir }) =>
            kind === "entry-point" ? undefined : { path: join(resolveDir, path.replace(/\.js$/, ".ts")) },
          );
        },
      },
    ],
  });
}

/** The module src/graph/opcode-name.ts without the enum, which holds every name twice: 1.4 kB of a page, gzipped. */
async function opcodeNames() {
  const { code } = await transform(readFileSync("src/shared/opcodes.ts", "utf8"), { loader: "ts", format: "esm" });
  const { Opcode } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const table = Object.values(Opcode)
    .filter((value) => typeof value === "number")
    .sort((a, b) => a - b)
    .flatMap((value, i, values) => (value === (values[i - 1] ?? -1) + 1 ? [Opcode[value]] : [value, Opcode[value]]));
  return `
    // Names of instructions, for texts. A number is that of the name behind it; other names follow on those before.
    const names = "${table.join(" ")}";

    /** "Gemm" */
    export function opcodeName(code) {
      let next = 0;
      for (const word of names.split(" ")) {
        if (word >= 0) next = +word;
        else if (next++ === code) return word;
      }
    }
  `;
}

/** Bytes of each binary, by which inlined.node.ts knows its own. */
function sizesOfBuilds() {
  return Object.fromEntries(variants.map((variant) => [variant, statSync(`build/${variant}.wasm`).size]));
}

async function bundleForNode(folder) {
  const inDist = (path) => path.replace(/^\.\/dist\//, "");
  await build({
    entryPoints: entries.map(({ node, module }) => ({
      in: join(folder, inDist(module)),
      out: inDist(node).replace(/\.js$/, ""),
    })),
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: "node/shared-[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    define: { "globalThis.BUILD_BYTES": JSON.stringify(sizesOfBuilds()) },
    minifyWhitespace: true,
    lineLimit: 120, // Node prints the line of an error that nobody caught
    ignoreAnnotations: true, // keeps the imports of the plugin "together"
    legalComments: "none",
    logLevel: "warning",
    plugins: [
      {
        // Modules that several entries need go into a file for each group of entries that do. If those that need most of
        // the main entry ask for all of it, there are fewer groups, and Node reads fewer files.
        name: "together",
        setup({ onLoad }) {
          onLoad({ filter: /(?:models|data|io|text)\/index\.js$/ }, ({ path }) => ({
            contents: `${readFileSync(path, "utf8")}\nimport "../index.js";\n`,
          }));
        },
      },
      {
        // A file less to look for. Its licence asks for a copy, and for the list of its authors.
        name: "loader",
        setup({ onResolve }) {
          onResolve({ filter: /^@assemblyscript\/loader$/ }, () => ({
            path: resolve("node_modules/@assemblyscript/loader/index.js"),
          }));
        },
      },
      {
        name: "builds of the core as files",
        setup({ onResolve }) {
          onResolve({ filter: /\/inlined\.js$/ }, ({ importer, resolveDir }) =>
            importer.endsWith("inlined.node.js") ? undefined : { path: join(resolveDir, "inlined.node.js") },
          );
        },
      },
      {
        // The binaries stay where they are: there are many, and each program loads one.
        name: "binaries",
        setup({ onResolve }) {
          onResolve({ filter: /binary\.[\w-]+\.js$/ }, ({ path }) => ({
            path: `../core/${path.replace(/^.*\//, "")}`,
            external: true,
          }));
        },
      },
    ],
  });
  for (const name of ["LICENSE", "NOTICE"]) {
    copyFileSync(`node_modules/assemblyscript/${name}`, join(folder, `node/${name}.assemblyscript-loader`));
  }
}
