// Bytes to and from Node's file system, a whole file at a time. A file is replaced at once or not at all: whoever reads
// it, or loses power, finds the old bytes or the new ones, never a mixture.
//
// Node's modules are asked for only when a function is called, and in a way that bundlers do not follow, so that a
// browser's bundle of whatever imports this file stays free of them.

import type { ByteReader } from "./bytes.js";

type FileSystem = typeof import("node:fs/promises");

/** The modules of Node that are used here, by the names that they are asked for with. */
interface Modules {
  readonly "node:fs/promises": FileSystem;
  readonly "node:path": typeof import("node:path");
  readonly "node:url": typeof import("node:url");
}

/**
 * Writes a file atomically: into a temporary file in the same folder (`<path>.<random>.tmp`), which is flushed to the disk
 * and then renamed. An existing file keeps its permissions; a symbolic link goes on pointing to the file it points to.
 * The bytes must not change until the promise is settled. Of two calls at once for one path, one wins wholly.
 *
 * @param bytes of the file, or its parts one after another
 * @throws Error if the file cannot be written (`cause` tells why): an old one is then untouched, and the temporary file
 *   removed. In a browser: always.
 */
export async function saveFile(path: string | URL, bytes: Uint8Array | Iterable<Uint8Array>): Promise<void> {
  const parts = bytes instanceof Uint8Array ? [bytes] : bytes;
  if (typeof parts !== "object" || parts === null || !(Symbol.iterator in parts)) {
    throw new TypeError(
      `saveFile: bytes must be a Uint8Array, or parts of that kind, got ${typeof bytes}; saveCheckpoint(trainer) gives those of a model`,
    );
  }
  const instead = "offer the bytes as a download, URL.createObjectURL(new Blob([bytes])) as the href of a link";
  const fs = await builtin("node:fs/promises", "saveFile", instead);
  const { dirname } = await builtin("node:path", "saveFile", instead);
  const name = await nameOf(path, "saveFile", instead);
  let temporary: string | undefined;
  try {
    const target = await fs.realpath(name).catch(() => name); // through links; none if the file is new
    const old = await fs.stat(target).catch(() => undefined);
    const candidate = `${target}.${crypto.randomUUID()}.tmp`;
    const file = await fs.open(candidate, "wx", old?.mode);
    temporary = candidate;
    try {
      // What the process's mask took away; a file system without permissions may refuse.
      if (old !== undefined) await file.chmod(old.mode).catch(() => {});
      for (const part of parts) {
        if (!(part instanceof Uint8Array)) throw new TypeError(`a part is no Uint8Array but ${typeof part}`);
        await file.writeFile(part);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, target);
    await syncFolder(fs, dirname(target));
  } catch (cause) {
    if (temporary !== undefined) await fs.rm(temporary, { force: true }).catch(() => {});
    const advice = "check that its folder exists, may be written to and has space; an old file is untouched";
    throw new Error(`saveFile: ${name} was not written (${(cause as Error).message}); ${advice}`, { cause });
  }
}

/**
 * Reads a whole file.
 *
 * @throws Error if the file cannot be read (`cause` tells why). In a browser: always.
 */
export async function loadFile(path: string | URL): Promise<Uint8Array> {
  const instead = "fetch the bytes, new Uint8Array(await (await fetch(address)).arrayBuffer())";
  const fs = await builtin("node:fs/promises", "loadFile", instead);
  const name = await nameOf(path, "loadFile", instead);
  try {
    const { buffer, byteOffset, byteLength } = await fs.readFile(name);
    return new Uint8Array(buffer, byteOffset, byteLength); // not a Buffer, whose slice means another thing
  } catch (cause) {
    throw new Error(`loadFile: ${name} could not be read (${(cause as Error).message}); check the path`, { cause });
  }
}

/** A file that is read piece by piece. */
export interface OpenFile extends ByteReader {
  /** To be called at the end, once. */
  close(): Promise<void>;
}

/**
 * Opens a file to read parts of it. Close it at the end.
 *
 * @throws Error if the file cannot be opened (`cause` tells why); in a browser: always. Reading throws if the file has
 *   become shorter.
 */
export async function openFile(path: string | URL): Promise<OpenFile> {
  const instead = "fetch the bytes, new Uint8Array(await (await fetch(address)).arrayBuffer())";
  const fs = await builtin("node:fs/promises", "openFile", instead);
  const name = await nameOf(path, "openFile", instead);
  const file = await fs.open(name, "r").catch((cause: unknown): never => {
    throw new Error(`openFile: ${name} could not be read (${(cause as Error).message}); check the path`, { cause });
  });
  const { size } = await file.stat();
  return {
    size,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, begin + done);
        if (bytesRead === 0) {
          throw new Error(`openFile: ${name} ends at ${begin + done}, but had ${size} bytes when it was opened`);
        }
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

// The rename itself is on the disk only when the folder is. Not every system can flush a folder, or needs to.
async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  try {
    const handle = await fs.open(folder, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file is in place and whole; only a power failure within seconds could bring the old one back.
  }
}

// `process.getBuiltinModule` is there from Node 20.16 and 22.3. Older ones import, by a name that no bundler looks into.
async function builtin<Name extends keyof Modules>(name: Name, owner: string, instead: string): Promise<Modules[Name]> {
  const { process } = globalThis;
  const module =
    process?.getBuiltinModule?.(name) ??
    (process?.versions?.node ? await import(/* @vite-ignore */ /* webpackIgnore: true */ name) : undefined);
  if (module !== undefined) return module as Modules[Name];
  throw new Error(`${owner}: there is no file system here, since this is not Node.js; in a browser ${instead}`);
}

async function nameOf(path: string | URL, owner: string, instead: string): Promise<string> {
  if (typeof path === "string") return path;
  return (await builtin("node:url", owner, instead)).fileURLToPath(path);
}
