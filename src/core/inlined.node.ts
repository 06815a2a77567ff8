// inlined.ts for the package in Node: reads a build from the file that lies beside the modules, in a tenth of the time that
// the text takes. Where there is none, as in a bundle of somebody's own, the text it is.

import { readFile } from "node:fs/promises";
import { inlined as asText, type VariantName } from "./inlined.js";

export type { VariantName };

/** A build as bytes, or as a text that variant.ts knows how to read. */
export async function inlined(variant: VariantName): Promise<string | Uint8Array> {
  try {
    return await readFile(new URL(`../wasm/${variant}.wasm`, import.meta.url));
  } catch {
    return asText(variant);
  }
}
