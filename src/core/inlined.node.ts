// inlined.ts for the package in Node: reads a build from the file that lies beside the modules, in a tenth of the time that
// the text takes. Where there is none of this version, as in a bundle of somebody's own, the text it is.

import { readFile } from "node:fs/promises";
import { inlined as asText, type VariantName } from "./inlined.js";

export type { VariantName };

/** Bytes of each build, which scripts/build-dist.mjs puts in the place of this. */
const bytesOfBuild = (globalThis as { BUILD_BYTES?: Readonly<Record<VariantName, number>> }).BUILD_BYTES;

/** A build as bytes, or as a text that variant.ts knows how to read. */
export async function inlined(variant: VariantName): Promise<string | Uint8Array> {
  try {
    const bytes = await readFile(new URL(`../wasm/${variant}.wasm`, import.meta.url));
    if (bytes.length === bytesOfBuild?.[variant]) return bytes;
  } catch {
    // No such file.
  }
  return asText(variant);
}
