// Files in Node: what is saved is loaded, an old file is replaced wholly or not at all, and browsers are told what to do.
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadFile, saveFile } from "../src/io/index.js";
import { inProcess } from "./support/process.js";

let folder: string;
let path: string;
const OLD = Uint8Array.of(1, 2, 3);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wasmgrad-io-"));
  path = join(folder, "model.safetensors");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe("saving and loading", () => {
  test("bytes, none, and a part of a buffer", async () => {
    for (const bytes of [OLD, new Uint8Array(0), Uint8Array.of(9, 8, 7, 6).subarray(1, 3), Buffer.from("text")]) {
      await saveFile(path, bytes);
      const loaded = await loadFile(path);
      expect(loaded).toEqual(Uint8Array.from(bytes));
      expect(loaded.constructor).toBe(Uint8Array);
    }
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  test("by a file: address, and by a path relative to where the program runs", async () => {
    await saveFile(pathToFileURL(path), OLD);
    expect(await loadFile(pathToFileURL(path))).toEqual(OLD);
    await saveFile(relative(process.cwd(), path), Uint8Array.of(4));
    expect([...(await loadFile(path))]).toEqual([4]);
  });

  test("a file that cannot be read", async () => {
    await expect(loadFile(path)).rejects.toThrow(
      /^loadFile: .*model\.safetensors could not be read \(ENOENT: .*check the/,
    );
    await expect(loadFile(path)).rejects.toMatchObject({ cause: { code: "ENOENT" } });
  });

  test("what is no bytes is the caller's mistake, and nothing is written", async () => {
    await expect(saveFile(path, "text" as unknown as Uint8Array)).rejects.toThrow(TypeError);
    await expect(saveFile(path, {} as never)).rejects.toThrow("saveCheckpoint(trainer) gives those of a model");
    expect(await readdir(folder)).toEqual([]);
  });

  test.skipIf(process.platform === "win32")("a file keeps its permissions when it is replaced", async () => {
    for (const mode of [0o600, 0o666, 0o444]) {
      await writeFile(path, OLD);
      await chmod(path, mode);
      await saveFile(path, Uint8Array.of(4));
      expect((await stat(path)).mode & 0o777).toBe(mode);
      await rm(path);
    }
  });

  test.skipIf(process.platform === "win32")(
    "a symbolic link stays one, and the file that it points to is replaced",
    async () => {
      await mkdir(join(folder, "run-7"));
      await writeFile(join(folder, "run-7", "weights"), OLD);
      await symlink(join("run-7", "weights"), path);
      await saveFile(path, Uint8Array.of(4));
      expect(await readlink(path)).toBe(join("run-7", "weights"));
      expect([...(await readFile(join(folder, "run-7", "weights")))]).toEqual([4]);
      expect((await readdir(folder)).sort()).toEqual(["model.safetensors", "run-7"]);
    },
  );

  test("whoever reads meanwhile finds the old bytes or the new ones", async () => {
    const versions = [1, 2, 3].map((fill) => new Uint8Array(300_000 + fill).fill(fill));
    await saveFile(path, versions[0]!);
    let saving = true;
    const saves = (async () => {
      for (let i = 0; i < 30; i++) await Promise.all(versions.map((bytes) => saveFile(path, bytes)));
      saving = false;
    })();
    let reads = 0;
    for (; saving || reads === 0; reads++) {
      const bytes = await loadFile(path);
      expect(Buffer.compare(bytes, versions[bytes[0]! - 1]!)).toBe(0);
    }
    await saves;
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });
});

describe("a write that fails", () => {
  type Call = "open" | "write" | "sync" | "close" | "rename" | "sync folder";

  /** Lets `saveFile` see a file system that records its calls, and fails at one of them. */
  function watchedDisk(failing?: Call): Call[] {
    const calls: Call[] = [];
    const enter = (call: Call) => {
      calls.push(call);
      if (call === failing) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    const real = process.getBuiltinModule("node:fs/promises");
    const open: typeof real.open = async (name, ...how) => {
      const reading = how[0] === "r";
      if (!reading) enter("open");
      const file = await real.open(name, ...how);
      const { sync, close, writeFile } = file;
      file.sync = async () => {
        enter(reading ? "sync folder" : "sync");
        await sync.call(file);
      };
      file.writeFile = async (bytes) => {
        await writeFile.call(file, (bytes as Uint8Array).subarray(0, 1)); // a part of it is written when it fails
        enter("write");
        await writeFile.call(file, (bytes as Uint8Array).subarray(1));
      };
      file.close = async () => {
        await close.call(file);
        if (!reading) enter("close");
      };
      return file;
    };
    const rename: typeof real.rename = async (from, to) => {
      enter("rename");
      await real.rename(from, to);
    };
    const modules = { ...real, open, rename };
    const builtin = process.getBuiltinModule.bind(process);
    vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
      name === "node:fs/promises" ? modules : builtin(name)) as typeof process.getBuiltinModule);
    return calls;
  }

  test.each(["open", "write", "sync", "close", "rename"] as const)(
    "%s: the old file is untouched, nothing is left",
    async (call) => {
      await writeFile(path, OLD);
      const calls = watchedDisk(call);
      const saving = saveFile(path, new Uint8Array(1000).fill(9));
      await expect(saving).rejects.toThrow(
        `saveFile: ${path} was not written (ENOSPC: no space left on device); check that its folder exists, may be written to`,
      );
      await expect(saving).rejects.toMatchObject({ cause: { code: "ENOSPC" } });
      expect(calls).toContain(call);
      expect([...(await readFile(path))]).toEqual([...OLD]);
      expect(await readdir(folder)).toEqual(["model.safetensors"]);
    },
  );

  test("without an old file there is none afterwards", async () => {
    watchedDisk("sync");
    await expect(saveFile(path, OLD)).rejects.toThrow("was not written");
    expect(await readdir(folder)).toEqual([]);
  });

  test("the bytes are on the disk before the name is, and the name is before saveFile is done", async () => {
    const calls = watchedDisk();
    await saveFile(path, OLD);
    expect(calls).toEqual(["open", "write", "sync", "close", "rename", "sync folder"]);
    expect(await loadFile(path)).toEqual(OLD);
  });

  test("a folder that cannot be flushed is no failure: the file is in place", async () => {
    watchedDisk("sync folder");
    await saveFile(path, OLD);
    expect(await loadFile(path)).toEqual(OLD);
  });

  test("a path that is a folder, and a folder that is not there", async () => {
    await mkdir(path);
    await expect(saveFile(path, OLD)).rejects.toThrow(/was not written/);
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
    await expect(saveFile(join(folder, "none", "file"), OLD)).rejects.toThrow(/was not written \(ENOENT/);
  });
});

describe("other hosts", () => {
  // In processes of their own, since a test runner needs `process` at any time.
  const withProcess = (value: string, script: string) =>
    inProcess<string>(`
      import { loadFile, saveFile } from "wasmgrad/io";
      const { versions, cwd } = process;
      const path = ${JSON.stringify(path)};
      const message = (work) => work.then((value) => [...(value ?? [])].join(), (error) => error.message);
      const own = globalThis.process;
      Object.defineProperty(globalThis, "process", { value: ${value}, configurable: true, writable: true });
      const said = await (${script});
      globalThis.process = own;
      tell(said);
    `);

  test("Node before 20.16 has no getBuiltinModule", async () => {
    const loaded = await withProcess(
      "{ versions, cwd }",
      "message(saveFile(path, Uint8Array.of(1, 2, 3)).then(() => loadFile(path)))",
    );
    expect(loaded).toBe("1,2,3");
  });

  test.each([
    ["no process", "undefined"],
    ["a bundler's stand-in for process", "{ env: {}, versions: {} }"],
  ])("a browser with %s is told to use bytes", async (_, process) => {
    const said = (script: string) => withProcess(process, `message(${script})`);
    expect(await said('saveFile("model", Uint8Array.of(1))')).toMatch(
      /^saveFile: there is no file system here, since this is not Node\.js; in a browser offer the bytes as a download, URL/,
    );
    expect(await said('loadFile("model")')).toMatch(/in a browser fetch the bytes, new Uint8Array\(await/);
    expect(await said('loadFile(new URL("file:///model"))')).toMatch("there is no file system here");
  });

  test("a browser's bundle has none of Node's modules, and bundling gives no warning", async () => {
    const { outputFiles, warnings, metafile } = await build({
      entryPoints: [fileURLToPath(new URL("../src/io/file.ts", import.meta.url))],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "browser",
      logLevel: "silent",
    });
    expect(warnings).toEqual([]);
    expect(Object.values(metafile.outputs).flatMap((output) => output.imports)).toEqual([]);
    const text = outputFiles[0]!.text;
    expect(text).toMatch(/@vite-ignore/); // the hints for other bundlers outlive this one
    expect(text).not.toMatch(/(from|import|require)\s*\(?\s*["']node:/);
  });
});
