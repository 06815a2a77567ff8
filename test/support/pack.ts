// Packs the library as npm would publish it, once for all tests of the package, and installs the tarball in an empty
// project of its own. Runs before the suite `package`; its tests find the project by `inject("project")`.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of a project with nothing but the packed library installed. */
    project: string;
    /** The packed library. */
    tarball: string;
  }
}

export default function setup({ provide }: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), "wasmgrad-package-"));
  const packed = npm(process.cwd(), "pack", "--json", "--pack-destination", folder);
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf("["))) as [{ filename: string }];
  const tarball = join(folder, filename);

  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  npm(project, "install", "--prefer-offline", "--no-audit", "--no-fund", tarball);

  provide("tarball", tarball);
  provide("project", project);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Runs npm in `folder` and returns what it printed. */
function npm(folder: string, ...args: string[]): string {
  return execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
