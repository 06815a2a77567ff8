// Gets the libraries and the adapters ready: installs the former once, bundles the latter into plain JavaScript, and
// builds wasmgrad as users get it.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Library } from "./peer.js";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const say = (text: string): boolean => process.stderr.write(`${text}\n`);

interface Entry {
  readonly file: string;
  readonly args?: readonly string[];
  readonly threads?: number;
}

const adapters: Readonly<Record<string, Entry>> = {
  wasmgrad: { file: "wasmgrad", args: ["1"] },
  "wasmgrad 2 threads": { file: "wasmgrad", args: ["2"], threads: 2 },
  "tfjs-wasm": { file: "tfjs", args: ["wasm"] },
  "tfjs-cpu": { file: "tfjs", args: ["cpu"] },
  "jax-js": { file: "jax" },
  "brain.js": { file: "brain" },
  "onnxruntime-web": { file: "onnx" },
};
/** PyTorch by its number of threads. */
const pytorchs: Readonly<Record<string, number>> = { pytorch: 1, "pytorch 2 threads": 2 };

export const libraryNames: readonly string[] = [...Object.keys(adapters), ...Object.keys(pytorchs)];

/** The libraries by these names, ready to start; what this machine lacks is said and left out. */
export async function libraries(names: readonly string[]): Promise<Library[]> {
  const unknown = names.find((name) => !libraryNames.includes(name));
  if (unknown) throw new Error(`there is no library "${unknown}"; there are ${libraryNames.join(", ")}`);
  if (names.some((name) => !(name in pytorchs) && !name.startsWith("wasmgrad"))) installRivals();
  if (names.some((name) => name.startsWith("wasmgrad"))) run("npm", ["run", "--silent", "build"], root);
  await bundle(names.flatMap((name) => adapters[name]?.file ?? []));
  const python = names.some((name) => name in pytorchs) ? findPython() : undefined;
  return names.flatMap((name): Library[] => {
    const threads = pytorchs[name];
    if (threads !== undefined) {
      return python ? [{ name, command: python, args: [join(here, "torch_peer.py"), String(threads)], threads }] : [];
    }
    const { file, args = [], ...rest } = adapters[name]!;
    return [{ name, command: process.execPath, args: [join(here, "build", `${file}.mjs`), ...args], ...rest }];
  });
}

/** `npm ci` in this folder, unless the lock file is the one that was installed last. */
function installRivals(): void {
  const lock = readFileSync(join(here, "package-lock.json"), "utf8");
  const mark = join(here, "node_modules/.installed-lock.json");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  say("bench:rivals: installing the other libraries into bench/rivals/node_modules (npm ci, without install scripts)");
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], here);
  writeFileSync(mark, lock);
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
}

/** Plain node then runs the adapters, with no loader between a library and its import. */
async function bundle(files: readonly string[]): Promise<void> {
  await build({
    entryPoints: [...new Set(files)].map((file) => join(here, `${file}.ts`)),
    outdir: join(here, "build"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "warning",
    plugins: [{ name: "wasmgrad as built", setup: (it) => it.onResolve({ filter: /^wasmgrad(\/|$)/ }, built) }],
  });
}

/** From here the package's own name leads nowhere, so its entries are looked up in its exports. */
function built({ path }: { path: string }): { path: string; external: true } {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    exports: Record<string, { node: string }>;
  };
  return { path: pathToFileURL(join(root, exports[path.replace("wasmgrad", ".")]!.node)).href, external: true };
}

/** The first Python that has PyTorch: $PYTHON, python3, or the system's, where a distribution's package puts it. */
function findPython(): string | undefined {
  const candidates = [process.env.PYTHON, "python3", "/usr/bin/python3"].filter((name) => name !== undefined);
  for (const command of candidates) {
    if (spawnSync(command, ["-c", "import torch, numpy"]).status === 0) return command;
  }
  say(
    "bench:rivals: no PyTorch here, so its column stays empty (Debian: apt-get install python3-torch; or set PYTHON)",
  );
  return undefined;
}
